// A pod of the Deployment `portcullis`. The test stands in for the kubelet: it starts the container's command with the volumes
// and the service account's token that the cluster has for it, in a network of its own.
import { mkdir, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { MAIN } from '../../support/portcullis.ts'
import type { Cluster } from './cluster.ts'
import type { PodNetwork } from './network.ts'
import { run, type Running, waitFor } from './processes.ts'

export interface StartedReplica {
  readonly pod: PodNetwork
  readonly running: Running
  /** Status of a path of the operators' listener. */
  readonly ask: (path: string) => Promise<number>
}

interface PodSpec {
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

type Files = readonly (readonly [name: string, content: string | Buffer])[]

const OPERATOR_PORT = 8081
// In the mount namespace that `ip netns exec` makes, so this machine's own /run stays as it is.
const MOUNT_TOKEN = [
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/secrets/kubernetes.io',
  'ln -s "$0" /run/secrets/kubernetes.io/serviceaccount',
  'exec "$@"',
].join(' && ')

/** Waits until it is ready. */
export async function startReplica(
  cluster: Cluster,
  namespace: string,
  extraArgs: readonly string[],
): Promise<StartedReplica> {
  const spec = await readPodSpec(cluster, namespace)
  const pod = await cluster.network.addPod()
  const root = join(cluster.folder, pod.address)
  const args = await mountVolumes(cluster, namespace, spec, root)
  const hasToken = spec.automountServiceAccountToken !== false
  if (hasToken) await mountToken(cluster, namespace, spec.serviceAccountName, root)
  const { hostname, port } = new URL(cluster.url)
  const running = run([process.execPath, MAIN, ...args, ...extraArgs], {
    cwd: cluster.folder,
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    within: [...pod.command, ...(hasToken ? ['sh', '-c', MOUNT_TOKEN, join(root, 'token')] : [])],
  })
  const ask = (path: string): Promise<number> => askOperator(pod.address, path)
  await waitFor('ready', async () => (await ask('/readyz')) === 200, running)
  return { pod, running, ask }
}

async function readPodSpec(cluster: Cluster, namespace: string): Promise<PodSpec> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/portcullis`
  const deployment = (await read(cluster, path)) as { spec: { template: { spec: PodSpec } } }
  return deployment.spec.template.spec
}

/** Writes what is mounted below a root; returns the container's arguments with the paths in there. */
async function mountVolumes(
  cluster: Cluster,
  namespace: string,
  { containers: [container], volumes = [] }: PodSpec,
  root: string,
): Promise<readonly string[]> {
  let { args } = container
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = volumes.find((each) => each.name === name)
    const files: [string, Buffer][] = []
    if (volume?.secret !== undefined) {
      const data = await readData(cluster, namespace, `secrets/${volume.secret.secretName}`)
      for (const [file, value] of data) files.push([file, Buffer.from(value, 'base64')])
    } else if (volume?.configMap !== undefined) {
      const data = await readData(cluster, namespace, `configmaps/${volume.configMap.name}`)
      for (const [file, value] of data) files.push([file, Buffer.from(value)])
    } else if (volume?.emptyDir === undefined) {
      throw new Error(`this kubelet does not know how to mount ${JSON.stringify(volume)}`)
    }
    await writeFiles(join(root, mountPath), files)
    args = args.map((arg) => arg.replace(`=${mountPath}/`, `=${join(root, mountPath)}/`))
  }
  return args
}

async function mountToken(
  cluster: Cluster,
  namespace: string,
  serviceAccount: string,
  root: string,
): Promise<void> {
  const create = ['create', 'token', serviceAccount, '-n', namespace]
  const { code, stdout, stderr } = await cluster.kubectl(create)
  if (code !== 0) throw new Error(stderr)
  await writeFiles(join(root, 'token'), [
    ['token', stdout.trim()],
    ['ca.crt', cluster.caCertificate],
    ['namespace', namespace],
  ])
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, content] of files) await writeFile(join(folder, name), content)
}

async function readData(
  cluster: Cluster,
  namespace: string,
  path: string,
): Promise<[string, string][]> {
  const { data } = await read(cluster, `/api/v1/namespaces/${namespace}/${path}`)
  return Object.entries(data as Readonly<Record<string, string>>)
}

async function read(cluster: Cluster, path: string): Promise<Readonly<Record<string, unknown>>> {
  const { code, body } = await cluster.ask('GET', path)
  if (code !== 200) throw new Error(body.message)
  return body
}

function askOperator(host: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host, port: OPERATOR_PORT, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}
