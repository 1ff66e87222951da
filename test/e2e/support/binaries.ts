// etcd, kube-apiserver and kubectl: those of `KUBEBUILDER_ASSETS`, else built once from Go's module proxy by the modules in
// assets/, whose go.sum says byte for byte of what.
import { type ExecFileException, execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface Binaries {
  readonly etcd: string
  readonly kubeApiserver: string
  readonly kubectl: string
}

interface Asset {
  /** A module in assets/. */
  readonly module: string
  /** By the binary's name. */
  readonly packages: Readonly<Record<string, string>>
  readonly linkerFlags: readonly string[]
}

const ASSETS = fileURLToPath(new URL('../assets', import.meta.url))
const VERSION = 'k8s.io/component-base/version'

const ETCD: Asset = {
  module: 'etcd',
  packages: { etcd: 'go.etcd.io/etcd/server/v3' },
  linkerFlags: [],
}
const KUBERNETES: Asset = {
  module: 'kubernetes',
  packages: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
  // A release's build does the same; without it they would say v0.0.0-master.
  linkerFlags: [
    `-X ${VERSION}.gitVersion=v1.35.4`,
    `-X ${VERSION}.gitMajor=1`,
    `-X ${VERSION}.gitMinor=35`,
  ],
}

const run = promisify(execFile)

/** Returns where the binaries are; a text says why there are none. The first time it builds for minutes. */
export async function findBinaries(): Promise<Binaries | string> {
  const given = process.env['KUBEBUILDER_ASSETS']
  if (given !== undefined && given !== '') return await pick(given, given)
  const goVersion = await findGo()
  if (goVersion === undefined) return 'neither KUBEBUILDER_ASSETS nor Go'
  return await pick(await make(ETCD, goVersion), await make(KUBERNETES, goVersion))
}

/** @throws Error where a binary is not there: who names a folder means it. */
async function pick(etcdFolder: string, kubernetesFolder: string): Promise<Binaries> {
  const binaries = {
    etcd: join(etcdFolder, 'etcd'),
    kubeApiserver: join(kubernetesFolder, 'kube-apiserver'),
    kubectl: join(kubernetesFolder, 'kubectl'),
  }
  for (const path of Object.values(binaries)) await access(path, constants.X_OK)
  return binaries
}

async function findGo(): Promise<string | undefined> {
  try {
    return (await run('go', ['version'])).stdout.trim()
  } catch {
    return undefined
  }
}

/** Returns the folder with an asset's binaries. */
async function make(asset: Asset, goVersion: string): Promise<string> {
  const source = join(ASSETS, asset.module)
  const hash = createHash('sha256').update(JSON.stringify([asset, goVersion]))
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(source, file)))
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'portcullis')
  const folder = join(cache, `e2e-${asset.module}-${hash.digest('hex').slice(0, 16)}`)
  if (await exists(folder)) return folder
  const names = Object.keys(asset.packages).join(' and ')
  console.error(`building ${names} in ${source}, once; it takes minutes`)
  const began = Date.now()
  const temporary = `${folder}.${randomBytes(6).toString('hex')}`
  await mkdir(temporary, { recursive: true })
  try {
    await build(asset, source, temporary)
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    // Somebody else was quicker.
    if (!(await exists(folder))) throw error
  }
  console.error(`built ${names} in ${Math.round((Date.now() - began) / 1_000)} s`)
  return folder
}

async function build(asset: Asset, cwd: string, folder: string): Promise<void> {
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false']
  const linker = ['-ldflags', ['-s', '-w', ...asset.linkerFlags].join(' ')]
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' }
  for (const [name, path] of Object.entries(asset.packages)) {
    const args = ['-n', '10', 'go', 'build', ...flags, ...linker, '-o', join(folder, name), path]
    try {
      await run('nice', args, { cwd, env, maxBuffer: 16 * 1024 * 1024 })
    } catch (error) {
      const { stderr = '', message } = error as ExecFileException
      throw new Error(`${path} does not build:\n${stderr.slice(-4_000) || message}`)
    }
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
