// A pod as the kubelet runs it, which the test stands in for: the container's command with the volumes and the service account's
// token that the cluster has for it, in a network of its own.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mountVolume } from '../../support/mounted-volume.ts'
import { MAIN } from '../../support/portcullis.ts'
import type { Cluster } from './cluster.ts'
import type { PodNetwork } from './network.ts'
import { run, type Running } from './processes.ts'

export interface PodSpec {
  readonly serviceAccountName: string
  readonly automountServiceAccountToken?: boolean
  readonly containers: readonly [
    {
      readonly args: readonly string[]
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
    },
  ]
  readonly volumes?: readonly {
    readonly name: string
    readonly secret?: { readonly secretName: string }
    readonly configMap?: { readonly name: string }
    readonly emptyDir?: object
  }[]
}

export interface StartedPod {
  readonly pod: PodNetwork
  readonly running: Running
  /** What the kubelet does every minute or so: what is mounted becomes what the cluster has, and the token another one. */
  readonly sync: () => Promise<void>
}

export interface PodOptions {
  /** Besides the container's own. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where the API server is for it. */
  readonly apiServer?: { readonly host: string; readonly port: number }
  /** For `kubectl create token`, each time. */
  readonly tokenArgs?: () => readonly string[]
}

// In the mount namespace that `ip netns exec` makes, so this machine's own /run stays as it is.
const MOUNT_TOKEN = [
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/secrets/kubernetes.io',
  'ln -s "$0" /run/secrets/kubernetes.io/serviceaccount',
  'exec "$@"',
].join(' && ')

export async function startPod(
  cluster: Cluster,
  namespace: string,
  spec: PodSpec,
  options: PodOptions = {},
): Promise<StartedPod> {
  const pod = await cluster.network.addPod()
  const root = join(cluster.folder, pod.address)
  const hasToken = spec.automountServiceAccountToken !== false
  const sync = async (): Promise<void> => {
    await mountVolumes(cluster, namespace, spec, root)
    if (!hasToken) return
    await mountToken(cluster, namespace, spec.serviceAccountName, root, options.tokenArgs?.())
  }
  await sync()
  const { hostname, port } = new URL(cluster.url)
  const { apiServer = { host: hostname, port } } = options
  const env = {
    ...options.env,
    KUBERNETES_SERVICE_HOST: apiServer.host,
    KUBERNETES_SERVICE_PORT: String(apiServer.port),
  }
  const args = argumentsOf(spec, root, env)
  const running = run([process.execPath, MAIN, ...args, ...(options.args ?? [])], {
    cwd: cluster.folder,
    env,
    within: [...pod.command, ...(hasToken ? ['sh', '-c', MOUNT_TOKEN, join(root, 'token')] : [])],
  })
  return { pod, running, sync }
}

/** The container's, with the paths of volumes where they are here, and `$(VARIABLE)` as the kubelet replaces it. */
function argumentsOf(
  { containers: [{ args, volumeMounts = [] }] }: PodSpec,
  root: string,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const placed = args.map((arg) =>
    volumeMounts.reduce(
      (text, { mountPath }) => text.replace(`=${mountPath}/`, `=${join(root, mountPath)}/`),
      arg,
    ),
  )
  return placed.map((arg) =>
    arg.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole),
  )
}

/** Below a root, where they would be below that of the container. */
async function mountVolumes(
  cluster: Cluster,
  namespace: string,
  { containers: [container], volumes = [] }: PodSpec,
  root: string,
): Promise<void> {
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = volumes.find((each) => each.name === name)
    const folder = join(root, mountPath)
    if (volume?.secret !== undefined) {
      const data = await readData(cluster, namespace, `secrets/${volume.secret.secretName}`)
      await mountVolume(
        folder,
        mapValues(data, (value) => Buffer.from(value, 'base64')),
      )
    } else if (volume?.configMap !== undefined) {
      const data = await readData(cluster, namespace, `configmaps/${volume.configMap.name}`)
      await mountVolume(folder, data)
    } else if (volume?.emptyDir !== undefined) {
      await mkdir(folder, { recursive: true })
    } else {
      throw new Error(`this kubelet does not know how to mount ${JSON.stringify(volume)}`)
    }
  }
}

/** Writes a token of the service account, and what comes with it, to the folder `token` below a root. */
export async function mountToken(
  cluster: Cluster,
  namespace: string,
  serviceAccount: string,
  root: string,
  args: readonly string[] = [],
): Promise<void> {
  const create = ['create', 'token', serviceAccount, '-n', namespace, ...args]
  const { code, stdout, stderr } = await cluster.kubectl(create)
  if (code !== 0) throw new Error(stderr)
  const files = { token: stdout.trim(), 'ca.crt': cluster.caCertificate, namespace }
  await mountVolume(join(root, 'token'), files)
}

async function readData(
  cluster: Cluster,
  namespace: string,
  path: string,
): Promise<Readonly<Record<string, string>>> {
  const { code, body } = await cluster.ask('GET', `/api/v1/namespaces/${namespace}/${path}`)
  if (code !== 200) throw new Error(body.message)
  const { data } = body as { readonly data?: Readonly<Record<string, string>> }
  return data ?? {}
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => Uint8Array,
): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
