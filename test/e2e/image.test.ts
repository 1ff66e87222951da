// The image that manifests/Dockerfile says, built without Docker and run as the Deployment has a kubelet run it. Only the bases are
// not those of a real build: test/image/stand-ins.ts.
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { copyContext } from '../image/build-context.ts'
import { buildImage, type Image } from '../image/build-image.ts'
import { findDeployment } from '../image/find-deployment.ts'
import { readDockerfile } from '../image/read-dockerfile.ts'
import { NONROOT } from '../image/stand-ins.ts'
import { ROOT } from '../support/portcullis.ts'
import { podObject, reviewBytes } from '../support/review.ts'
import { send } from '../support/webhook.ts'
import { describeInCluster, startCluster } from './support/cluster.ts'
import {
  CONTAINER_ENV,
  type ContainerOptions,
  containerCommand,
  runContainer,
  signalContainer,
} from './support/container.ts'
import { createNetwork, type PodNetwork } from './support/network.ts'
import { mountToken } from './support/pod.ts'
import { run, type Running, waitFor } from './support/processes.ts'
import { readPodSpec } from './support/replica.ts'
import {
  issueWebhookCertificates,
  manageReplicas,
  MANIFESTS,
  NAMESPACE,
  SERVICE_NAME,
} from './support/webhook.ts'
import { pod as podOf, podSpec } from './support/workloads.ts'

const DOCKERFILE = join(ROOT, 'manifests/Dockerfile')
const TLS = '/etc/portcullis/tls'
const WORK = '/work'
const TOKEN = '/run/secrets/kubernetes.io/serviceaccount'
const POD = JSON.stringify(podObject({ hostNetwork: true }))
const IN_WORDS = 'hostNetwork must be false or absent, got true'

interface Entry {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'other'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly bytes: number
  readonly changedMs: number
}

/** All below a folder but itself, in order. */
async function list(folder: string, below = ''): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const name of (await readdir(join(folder, below))).toSorted()) {
    const path = join(below, name)
    const stats = await lstat(join(folder, path))
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
    const { mode, uid, gid, size: bytes, ctimeMs: changedMs } = stats
    entries.push({ path, kind, mode: mode & 0o7777, uid, gid, bytes, changedMs })
    if (kind === 'folder') entries.push(...(await list(folder, path)))
  }
  return entries
}

describeInCluster('the image', () => {
  let folder: string
  let image: Image
  let before: readonly Entry[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `portcullis-e2e-${process.pid}-`))
    // Whoever runs in it gets to its files; as a builder makes them.
    await chmod(folder, 0o755)
    process.umask(0o022)
    const context = join(folder, 'context')
    await copyContext(ROOT, `${DOCKERFILE}.dockerignore`, context)
    // A checkout of somebody with another umask.
    for (const file of ['NOTICE', 'policies/bundle.tgz']) await chmod(join(context, file), 0o600)
    image = await buildImage(readDockerfile(await readFile(DOCKERFILE, 'utf8')), context, folder)
    // A runtime makes these in a layer of the container's own.
    for (const path of [TLS, TOKEN]) await mkdir(join(image.root, path), { recursive: true })
    before = await list(image.root)
    return () => rm(folder, { recursive: true, force: true })
  })

  describe('holds', () => {
    test('the command line, schemas, licences and the default bundle, and nothing else of ours', async () => {
      const files = (await list(join(image.root, 'app'))).filter(({ kind }) => kind !== 'folder')
      const allowed =
        /^(?:LICENSE|NOTICE|package\.json|policies\/bundle\.tgz|dist\/LICENSES\.txt|dist\/cli\/[\w-]+\.c?js|dist\/schemas\/[\w-]+\.schema\.json)$/
      const others = files.filter(({ path, kind }) => kind !== 'file' || !allowed.test(path))
      expect(others.map(({ path }) => path)).toEqual([])
      expect(files.map(({ path }) => path)).toContain('dist/cli/main.js')
      const kilobytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000
      console.error(`the image beside its base: ${files.length} files, ${Math.round(kilobytes)} kB`)
    })

    test('no compiler, and nothing that can be run but Node', async () => {
      const files = (await list(image.root)).filter(({ kind }) => kind === 'file')
      expect(files.filter(({ path }) => path.endsWith('.wasm'))).toEqual([])
      const programs = files.filter(({ mode }) => (mode & 0o111) !== 0).map(({ path }) => path)
      // As libraries are marked on some machines, and the loader is.
      expect(programs.filter((path) => !/\.so[.\d]*$/.test(path))).toEqual(['nodejs/bin/node'])
    })

    test('files that are root’s, and that nobody else may write', async () => {
      const app = await list(join(image.root, 'app'))
      const others = app.filter(({ uid, gid, mode }) => uid !== 0 || gid !== 0 || mode & 0o022)
      expect(others).toEqual([])
      const unreadable = app.filter(({ kind, mode }) => mode !== (kind === 'file' ? 0o644 : 0o755))
      expect(unreadable).toEqual([])
    })

    test('nothing of where it was built: the same sources give the same files', async () => {
      const app = join(image.root, 'app')
      for (const { path, kind } of await list(app)) {
        if (kind !== 'file') continue
        const text = await readFile(join(app, path), 'latin1')
        expect(text.match(/(?<![\w.-])\/build\/[\w./-]+/)?.[0], path).toBeUndefined()
        expect(text.includes('sourceMappingURL='), path).toBe(false)
      }
    })
  })

  describe('run as the Deployment has it', () => {
    const startContainer = (
      pod: PodNetwork,
      options: ContainerOptions & { readonly env?: NodeJS.ProcessEnv },
    ): Running =>
      run(containerCommand(image, options), {
        cwd: folder,
        env: { ...CONTAINER_ENV, ...options.env },
        within: pod.command,
      })
    const commandLine = (
      args: readonly string[],
      stdin = '',
      source = join(image.root, 'work'),
    ): ReturnType<typeof runContainer> =>
      runContainer(image, { args, stdin, mounts: [{ source, path: WORK }] })

    test('is nobody, with no capabilities, no way to any, and nothing to write to', async () => {
      const program = `
        const { accessSync, constants, lstatSync, readdirSync, readFileSync, writeFileSync } = require('node:fs')
        const writable = []
        const visit = (path) => {
          const stats = lstatSync(path)
          if (stats.isSymbolicLink()) return
          try { accessSync(path, constants.W_OK); writable.push(path) } catch {}
          if (!stats.isDirectory() || ['/proc', '/sys'].includes(path)) return
          let names = []
          try { names = readdirSync(path) } catch {}
          for (const name of names) visit((path === '/' ? '' : path) + '/' + name)
        }
        visit('/')
        let fault
        try { writeFileSync('/tmp/x', '') } catch (error) { fault = error.code }
        const status = readFileSync('/proc/self/status', 'utf8')
        const facts = Object.fromEntries(status.split('\\n').map((line) => line.split(':\\t')))
        console.log(JSON.stringify({ pid: process.pid, cwd: process.cwd(), writable, fault, facts }))
      `
      const { stdout, stderr } = await runContainer(image, {
        command: ['/nodejs/bin/node', '-e', program],
        args: [],
      })
      expect(stderr).toBe('')
      const { pid, cwd, writable, fault, facts } = JSON.parse(stdout) as {
        readonly pid: number
        readonly cwd: string
        readonly writable: readonly string[]
        readonly fault: string
        readonly facts: Readonly<Record<string, string>>
      }
      const ids = [NONROOT, NONROOT, NONROOT, NONROOT].join('\t')
      expect([pid, cwd, facts['Uid'], facts['Gid']]).toEqual([1, WORK, ids, ids])
      for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
        expect(facts[name], name).toBe('0'.repeat(16))
      }
      expect(facts['NoNewPrivs']).toBe('1')
      // What the kernel throws away.
      expect(writable.filter((path) => !path.startsWith('/dev/'))).toEqual([])
      expect(fault).toBe('EROFS')
    })

    test('serves, denies and admits, and ends with 0 when it is stopped', async () => {
      const certificates = await issueWebhookCertificates()
      const tls = join(folder, 'tls')
      await mkdir(tls)
      const work = join(folder, 'namespaces')
      await mkdir(work)
      const metadata = { name: 'default', labels: { environment: 'trial' } }
      const namespaces = { apiVersion: 'v1', kind: 'Namespace', metadata }
      await writeFile(join(work, 'namespaces.yaml'), JSON.stringify(namespaces))
      await writeSecret(tls, { 'tls.crt': certificates.certificate, 'tls.key': certificates.key })
      const network = await createNetwork()
      try {
        const pod = await network.addPod()
        const args = [
          'serve',
          '--listen=0.0.0.0:8443',
          '--operator-listen=0.0.0.0:8081',
          `--tls-cert-file=${TLS}/tls.crt`,
          `--tls-private-key-file=${TLS}/tls.key`,
          `--tls-server-names=${SERVICE_NAME}`,
          '--namespaces=namespaces.yaml',
          '--drain-seconds=1',
        ]
        const mounts = [
          { source: tls, path: TLS },
          { source: work, path: WORK },
        ]
        const running = startContainer(pod, { args, mounts })
        try {
          await waitFor('ready', async () => (await ask(pod.address, '/readyz')) === 200, running)
          const post = async (spec: object): Promise<AdmissionAnswer['response']> => {
            const { body } = await send(reviewBytes({ object: podObject({ ...spec }) }), {
              host: pod.address,
              port: 8443,
              servername: SERVICE_NAME,
              path: '/validate',
              method: 'POST',
              ca: certificates.caCertificate,
              agent: false,
              headers: { 'content-type': 'application/json' },
            })
            return (JSON.parse(body) as AdmissionAnswer).response
          }
          const denied = await post({ hostNetwork: true })
          expect(denied).toMatchObject({ allowed: false })
          expect(JSON.stringify(denied)).toContain(IN_WORDS)
          expect(await post({})).toMatchObject({ allowed: true })
          await signalContainer(running.process, image.config.stopSignal ?? 'none')
          expect(await running.ended).toBe(0)
          const said = running.stderr().trim().split('\n')
          expect(said.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
            expect.arrayContaining(['draining', 'stopped']),
          )
        } finally {
          running.process.kill('SIGKILL')
        }
      } finally {
        await network.remove()
      }
    })

    test('is the replica that the manifests start, with certificates of its own', async () => {
      const cluster = await startCluster()
      const webhook = manageReplicas(cluster, '')
      try {
        const applied = await cluster.kubectl(['apply', '-k', MANIFESTS])
        expect(applied).toMatchObject({ code: 0, stderr: '' })
        const spec = await readPodSpec(cluster, NAMESPACE)
        expect(spec.volumes ?? []).toEqual([])
        await mountToken(cluster, NAMESPACE, spec.serviceAccountName, folder)
        const pod = await cluster.network.addPod()
        const { hostname, port } = new URL(cluster.url)
        const running = startContainer(pod, {
          args: spec.containers[0].args,
          mounts: [{ source: join(folder, 'token'), path: TOKEN }],
          env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
        })
        try {
          await waitFor('ready', async () => (await ask(pod.address, '/readyz')) === 200, running)
          await webhook.publish([pod.address])
          const body = podOf(podSpec({ hostNetwork: true }))
          const path = '/api/v1/namespaces/default/pods?dryRun=All'
          const create = async (): Promise<string | undefined> =>
            (await cluster.ask('POST', path, { body })).body.message
          await expect.poll(create, { timeout: 60_000, interval: 100 }).toContain(IN_WORDS)
        } finally {
          running.process.kill('SIGKILL')
        }
      } finally {
        await cluster.stop()
      }
    })

    test('takes the arguments of the Deployment', async () => {
      const [{ args }] = findDeployment().containers
      const { code, stderr } = await commandLine([...args, '--print-config'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    })

    test('says how it is used where nothing is said, and its version', async () => {
      const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
        readonly version: string
      }
      expect(await runContainer(image, {})).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Usage: portcullis') as string,
      })
      const said = await commandLine(['--version'])
      expect(said).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    })

    test('checks what comes on standard input, and what is mounted', async () => {
      const piped = await commandLine(['check', '--unknown-namespace=skip', '-'], POD)
      expect(piped).toMatchObject({ code: 1, stdout: expect.stringContaining(IN_WORDS) as string })
      const source = join(folder, 'work')
      await mkdir(source)
      await writeFile(join(source, 'pod.json'), POD)
      const mounted = await commandLine(['check', '--unknown-namespace=skip', '.'], '', source)
      expect(mounted.code).toBe(1)
      expect(mounted.stdout).toContain('--> pod.json:')
    })

    test('says what it cannot do where Rego has to be compiled', async () => {
      const source = join(ROOT, 'policies')
      for (const args of [
        ['check', '--bundle', '.', '-'],
        ['build', '.'],
        ['test', '.'],
      ]) {
        const { code, stderr } = await commandLine(args, POD, source)
        expect({ args, code }).toEqual({ args, code: 2 })
        expect(stderr).toMatch(/^portcullis: there is no compiler here[^\n]*\n$/)
      }
    })

    test('judges by another bundle that is put in place of the default one', async () => {
      const bundle = join(image.root, 'app/policies')
      const empty = join(folder, 'policies')
      await mkdir(empty)
      const mounts = [{ source: empty, path: '/app/policies' }]
      const without = await runContainer(image, { args: ['inspect'], mounts })
      expect(without).toMatchObject({ code: 2, stdout: '' })
      await writeFile(join(empty, 'bundle.tgz'), await readFile(join(bundle, 'bundle.tgz')))
      const other = await runContainer(image, { args: ['inspect'], mounts })
      expect(other).toMatchObject({ code: 0, stderr: '' })
    })

    test('has written nothing', async () => {
      expect(await list(image.root)).toEqual(before)
    })
  })
})

/** As the kubelet mounts one for an fsGroup. */
async function writeSecret(target: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(target, name)
    await writeFile(path, content, { mode: 0o440 })
    await chown(path, 0, NONROOT)
  }
}

function ask(host: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host, port: 8081, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}
