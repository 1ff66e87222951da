// manifests/ as an API server takes them, and as README.md and their own have a newcomer use them.
import { cp, mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Json } from '../../src/bundle/bundle.ts'
import { canonicalJson } from '../../src/bundle/canonical-json.ts'
import { MAIN, portcullis, ROOT } from '../support/portcullis.ts'
import type { Run } from '../support/run-process.ts'
import { certManagerDefinitions } from './support/cert-manager-definitions.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { standInForControllers } from './support/controllers.ts'
import { customResourceDefinition } from './support/custom-resource-definition.ts'
import { runShell } from './support/kubectl.ts'
import { countQuota, kustomize, manageReplicas, MANIFESTS, NAMESPACE } from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

const CONFIGURATION = ['validatingwebhookconfiguration', 'portcullis']
const DEVELOPMENT = 'overlays/development-certificates'
const SOON = { timeout: 60_000 }

async function createCerts(manifests: string): Promise<void> {
  const certs = join(manifests, DEVELOPMENT, 'certs')
  const host = `portcullis.${NAMESPACE}.svc`
  expect(await portcullis(['certs', 'create', certs, '--host', host])).toMatchObject({ code: 0 })
}

describeInCluster('manifests/', () => {
  let cluster: Cluster
  let manifests: string

  beforeAll(async () => {
    cluster = await startCluster()
    manifests = join(cluster.folder, 'manifests')
    await cp(MANIFESTS, manifests, { recursive: true })
    await createCerts(manifests)
    await cluster.apply(...certManagerDefinitions())
    return () => cluster.stop()
  })

  describe.each([
    '.',
    'overlays/managed-certificates',
    'overlays/cert-manager',
    DEVELOPMENT,
    'overlays/high-availability',
  ])('%s', (folder) => {
    test('has no field that the API server does not know, and nothing it warns of', async () => {
      const strict = ['--server-side', '--validate=strict', '--warnings-as-errors']
      const path = join(manifests, folder)
      const apply = async (...more: readonly string[]): Promise<Run> =>
        cluster.kubectl(['apply', ...strict, ...more, '-k', path])
      // Without it, nothing in it can be tried.
      const namespace = ['apply', '--server-side', '-f', join(manifests, 'base/namespace.yaml')]
      expect(await cluster.kubectl(namespace)).toMatchObject({ code: 0 })
      // Of kinds that are new: they are served by and by.
      await expect
        .poll(() => apply('--dry-run=server'), SOON)
        .toMatchObject({ code: 0, stderr: '' })
      expect(await apply()).toMatchObject({ code: 0, stderr: '' })
    })
  })

  test.each([
    ['managed', []],
    ['managed', ['--high-availability']],
    ['cert-manager', []],
    ['cert-manager', ['--high-availability']],
  ])('as a stream are what kustomize renders: %s %s', async (certificates, options) => {
    const args = ['manifests', '-n', 'gate', '--certificates', certificates, ...options]
    const folder = await mkdtemp(join(cluster.folder, 'tree-'))
    expect(await portcullis([...args, '-o', folder])).toMatchObject({ code: 0 })
    const sorted = (objects: readonly unknown[]): readonly string[] =>
      objects.map((each) => canonicalJson(each as Json)).toSorted()
    const { stdout } = await portcullis(args)
    expect(sorted(loadAll(stdout))).toEqual(sorted(await kustomize(cluster, folder)))
  })

  test('as a stream are taken as well', async () => {
    const { stdout } = await portcullis(['manifests', '--certificates', 'cert-manager'])
    const strict = ['--server-side', '--validate=strict', '--warnings-as-errors']
    const applied = await cluster.kubectl(['apply', ...strict, '-f', '-'], { stdin: stdout })
    expect(applied).toMatchObject({ code: 0, stderr: '' })
    expect(applied.stdout.split('\n')[0]).toMatch(/^namespace\//)
    expect(applied.stdout.trim().split('\n').at(-1)).toMatch(/^validatingwebhookconfiguration/)
    await cluster.kubectl(['delete', ...CONFIGURATION])
  })

  test('leave the number of replicas to who scales them', async () => {
    const scale = ['scale', '-n', NAMESPACE, 'deployment/portcullis', '--replicas=7']
    const apply = ['apply', '-k', join(manifests, 'overlays/managed-certificates')]
    expect(await cluster.kubectl(apply)).toMatchObject({ code: 0 })
    expect(await cluster.kubectl(scale)).toMatchObject({ code: 0 })
    expect(await cluster.kubectl(apply)).toMatchObject({ code: 0 })
    const path = '{.spec.replicas}'
    const get = ['get', '-n', NAMESPACE, 'deployment/portcullis', '-o', `jsonpath=${path}`]
    expect((await cluster.kubectl(get)).stdout).toBe('7')
    await cluster.kubectl(['delete', ...CONFIGURATION])
  })

  test('have a pod that its own Namespace’s pod security admits, and its quota', async () => {
    const objects = await kustomize(cluster, join(manifests, 'overlays/cert-manager'))
    const { spec } = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
      readonly spec: { template: { metadata: object; spec: object } }
    }
    const { template } = spec
    const own = pod({ ...template.spec }, { ...template.metadata, name: 'portcullis-1' })
    const create = (object: object) => {
      const stdin = JSON.stringify(object)
      const args = ['create', '-n', NAMESPACE, '--dry-run=server', '-f', '-']
      return cluster.kubectl(args, { stdin })
    }
    await countQuota(cluster)
    expect(await create(own)).toMatchObject({ code: 0, stderr: '' })
    // The Namespace does hold its pods to it.
    const loose = pod(podSpec(), { name: 'portcullis-2' })
    expect((await create(loose)).stderr).toContain('violates PodSecurity "restricted:latest"')
  })

  test('monitoring/ fits definitions of the kinds that it needs', async () => {
    await cluster.apply(definition('PodMonitor'), definition('PrometheusRule'))
    const apply = ['apply', '--server-side', '-k', join(MANIFESTS, 'monitoring')]
    const isApplied = async (): Promise<number | null> => (await cluster.kubectl(apply)).code
    // A new kind is served by and by.
    await expect.poll(isApplied, { timeout: 30_000 }).toBe(0)
  })
})

describeInCluster('a newcomer', () => {
  let cluster: Cluster

  beforeEach(async () => {
    cluster = await startCluster()
    return () => cluster.stop()
  })

  /** Who has a home of their own with a clone in it, and types what stands in a page, block by block. */
  const open = async (page: string) => {
    const home = await mkdtemp(join(cluster.folder, 'home-'))
    for (const folder of ['manifests', 'policies']) {
      await cp(join(ROOT, folder), join(home, folder), { recursive: true })
    }
    const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, script = '']) => script)
    const type = (script: string): Promise<Run> => {
      // As if it were installed.
      const command = `portcullis() { '${process.execPath}' '${MAIN}' "$@"; }\n${script}`
      return runShell(command, cluster.binaries.kubectl, cluster, home)
    }
    return { home, blocks, type }
  }
  const create = async (): Promise<string> => {
    const stdin = JSON.stringify(pod(podSpec({ hostNetwork: true })))
    const args = ['create', '--dry-run=server', '-f', '-']
    const { stdout, stderr } = await cluster.kubectl(args, { stdin })
    return stdout + stderr
  }
  const done = { code: 0 }

  test('gets from a bare API server to a pod that is denied by the two commands of README.md', async () => {
    const text = await readFile(join(ROOT, 'README.md'), 'utf8')
    const section = text.split(/^## /m).find((each) => each.startsWith('In a cluster\n')) ?? ''
    const { blocks, type } = await open(section)
    const [install = '', run = '', ...others] = blocks
    expect(others).toEqual([])
    const webhook = manageReplicas(cluster, '')
    const controllers = standInForControllers(cluster, webhook)
    try {
      expect(await type(install)).toMatchObject(done)
      const answer = [...section.matchAll(/```\n(.*?)```/gs)].at(-1)?.[1]
      const stderr = expect.stringContaining(answer ?? 'no answer')
      expect(await type(run)).toEqual({ code: 1, stdout: '', stderr })
    } finally {
      await controllers.stop()
      await webhook.stop()
    }
  })

  test('who follows manifests/README.md has pods denied, takes the webhook out and puts it back', async () => {
    const { home, blocks, type } = await open(await readFile(join(MANIFESTS, 'README.md'), 'utf8'))
    expect(blocks).toHaveLength(6)
    const [remove = '', image = '', install = '', bundle = ''] = blocks
    const webhook = manageReplicas(cluster, '')
    const controllers = standInForControllers(cluster, webhook)
    try {
      expect(await type(image)).toMatchObject(done)
      expect(await type(install)).toMatchObject(done)
      await expect.poll(create, SOON).toContain('no-host-network: hostNetwork must be false')
      expect(await type(remove)).toMatchObject(done)
      await expect.poll(create, SOON).toContain('pod/app created')
      expect(await type('kubectl apply -k manifests/')).toMatchObject(done)
      await expect.poll(create, SOON).toContain('no-host-network: ')
      expect(await type(bundle)).toMatchObject({
        ...done,
        stderr: /YOUR.REGISTRY.portcullis:team-1/,
      })
      const deployment = await readFile(join(home, 'manifests/base/deployment.yaml'), 'utf8')
      expect(deployment).toContain('image: YOUR.REGISTRY/portcullis:team-1\n')
      expect(await type(install)).toMatchObject(done)
      expect(await create()).toContain('no-host-network: ')
    } finally {
      await controllers.stop()
      await webhook.stop()
    }
  })

  test('gets there with a certificate from files, and renews it', async () => {
    const { blocks, type } = await open(await readFile(join(MANIFESTS, 'README.md'), 'utf8'))
    const [, , , , certificate = '', renew = ''] = blocks
    const webhook = manageReplicas(cluster, '')
    const controllers = standInForControllers(cluster, webhook)
    const secretName = async (): Promise<string> => {
      const path = 'jsonpath={.spec.template.spec.volumes[0].secret.secretName}'
      const get = ['get', '-n', NAMESPACE, 'deployment/portcullis', '-o', path]
      return (await cluster.kubectl(get)).stdout
    }
    try {
      expect(await type(certificate)).toMatchObject(done)
      await expect.poll(create, SOON).toContain('no-host-network: hostNetwork must be false')
      const before = await secretName()
      const [first] = webhook.replicas()
      expect(await type(renew)).toMatchObject(done)
      expect(await secretName()).not.toBe(before)
      await expect.poll(() => webhook.replicas().includes(first ?? fail()), SOON).toBe(false)
      await expect.poll(create, SOON).toContain('no-host-network: ')
    } finally {
      await controllers.stop()
      await webhook.stop()
    }
  })
})

function fail(): never {
  throw new Error('no replica')
}

/** A kind of the Prometheus operator, its fields unchecked. */
function definition(kind: string): object {
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return customResourceDefinition('monitoring.coreos.com/v1', kind, schema)
}
