// The webhook in a cluster by the project's own manifests. The test stands in for the controllers and the kubelet: it starts
// the replicas as manifests/deployment.yaml says, with the volumes from the cluster, and writes the Service's endpoints.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { load } from 'js-yaml'
import {
  type DevCertificates,
  issueDevCertificates,
} from '../../../src/certs/issue-dev-certificates.ts'
import { MAIN, ROOT } from '../../support/portcullis.ts'
import type { Cluster } from './cluster.ts'
import { run, type Running, waitFor } from './processes.ts'

export interface Replica {
  readonly address: string
  readonly running: Running
  /** Status of a path of the operators' listener. */
  readonly ask: (path: string) => Promise<number>
  /** As Kubernetes ends a pod: no endpoint any more, SIGTERM, and then its network goes. */
  readonly stop: () => Promise<void>
  /** It dies, and its endpoint stays until somebody publishes others. */
  readonly kill: () => Promise<void>
}

export interface Webhook {
  readonly replicas: () => readonly Replica[]
  readonly addReplica: () => Promise<Replica>
  /** Says at which addresses the Service's pods are. */
  readonly publish: (addresses: readonly string[], port?: number) => Promise<void>
  /** Writes the webhook configuration, changed where a test needs that, and waits until it is heeded. */
  readonly register: (change?: (configuration: string) => string) => Promise<void>
  readonly stop: () => Promise<void>
}

export interface WebhookOptions {
  /** One unless told otherwise; with none the webhook is not registered either. */
  readonly replicas?: number
  /** Labels by name; made before the replicas read which Namespaces there are. */
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** For `serve`, besides those of the manifest. */
  readonly args?: readonly string[]
  /** Made where absent. */
  readonly tls?: DevCertificates
}

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[]
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
        }[]
        readonly volumes: readonly {
          readonly name: string
          readonly secret?: { readonly secretName: string }
          readonly configMap?: { readonly name: string }
        }[]
      }
    }
  }
}

export const MANIFESTS: string = join(ROOT, 'manifests')
export const NAMESPACE = 'portcullis-system'
export const SERVICE_NAME: string = `portcullis.${NAMESPACE}.svc`
const WEBHOOK_PORT = 8443
const OPERATOR_PORT = 8081

export async function installWebhook(
  cluster: Cluster,
  options: WebhookOptions = {},
): Promise<Webhook> {
  const tls = options.tls ?? (await issueWebhookCertificates())
  await applyManifests(cluster, 'namespace')
  for (const [name, labels] of Object.entries(options.namespaces ?? {})) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  }
  await cluster.apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: 'portcullis-tls', namespace: NAMESPACE },
      stringData: { 'tls.crt': tls.certificate, 'tls.key': tls.key },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'portcullis-namespaces', namespace: NAMESPACE },
      data: { 'namespaces.yaml': await listNamespaces(cluster) },
    },
  )
  const others = ['serviceaccount', 'deployment', 'service', 'poddisruptionbudget', 'networkpolicy']
  await applyManifests(cluster, ...others)
  const webhook = manageReplicas(cluster, tls.caCertificate, options.args ?? [])
  try {
    const { replicas = 1 } = options
    for (let count = 0; count < replicas; count++) await webhook.addReplica()
    if (replicas > 0) await webhook.register()
  } catch (error) {
    await webhook.stop()
    throw error
  }
  return webhook
}

export function issueWebhookCertificates(): Promise<DevCertificates> {
  return issueDevCertificates({ now: new Date(), hosts: [SERVICE_NAME] })
}

/** For a cluster in which the manifests are. */
export function manageReplicas(
  cluster: Cluster,
  caCertificate: string,
  args: readonly string[] = [],
): Webhook {
  const replicas = new Set<Replica>()
  const publish = (addresses: readonly string[], port = WEBHOOK_PORT): Promise<void> =>
    cluster.apply(endpointSlice(addresses, port))
  const publishReplicas = (): Promise<void> => publish([...replicas].map((each) => each.address))
  return {
    replicas: () => [...replicas],
    addReplica: async () => {
      const { stop, ...started } = await startReplica(cluster, args)
      const replica = {
        ...started,
        stop: async () => {
          if (!replicas.delete(replica)) return
          await publishReplicas()
          await stop()
        },
        kill: async () => {
          if (!replicas.delete(replica)) return
          started.running.process.kill('SIGKILL')
          await started.running.ended
        },
      }
      replicas.add(replica)
      await publishReplicas()
      return replica
    },
    publish,
    register: async (change = (configuration) => configuration) => {
      const path = join(MANIFESTS, 'validatingwebhookconfiguration.yaml')
      const authority = Buffer.from(caCertificate).toString('base64')
      const text = (await readFile(path, 'utf8')).replace('caBundle: ""', `caBundle: ${authority}`)
      await cluster.apply(load(change(text)))
      await waitFor('asked', () => isAsked(cluster))
    },
    stop: async () => {
      for (const replica of replicas) await replica.kill()
    },
  }
}

/** Whether a pod that no policy lets through is denied by the webhook. */
async function isAsked(cluster: Cluster): Promise<boolean> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'is-asked' },
    spec: { hostNetwork: true, containers: [{ name: 'app', image: 'registry.example.com/app:1' }] },
  }
  const path = '/api/v1/namespaces/default/pods?dryRun=All'
  const { body } = await cluster.ask('POST', path, { body: pod })
  return body.message?.includes('denied the request') === true
}

async function startReplica(
  cluster: Cluster,
  extra: readonly string[],
): Promise<Omit<Replica, 'kill'>> {
  const pod = await cluster.network.addPod()
  const root = join(cluster.folder, pod.address)
  const args = await mountVolumes(cluster, root)
  const running = run([process.execPath, MAIN, ...args, ...extra], {
    cwd: cluster.folder,
    within: pod.command,
  })
  const ask = (path: string): Promise<number> => askOperator(pod.address, path)
  await waitFor('ready', async () => (await ask('/readyz')) === 200, running)
  return {
    address: pod.address,
    running,
    ask,
    stop: async () => {
      await running.stop()
      await pod.remove()
    },
  }
}

/** Writes what the kubelet would mount below a root; returns the container's arguments with the paths in there. */
async function mountVolumes(cluster: Cluster, root: string): Promise<string[]> {
  const text = await readFile(join(MANIFESTS, 'deployment.yaml'), 'utf8')
  const { containers, volumes } = (load(text) as Deployment).spec.template.spec
  const [container] = containers
  if (container === undefined) throw new Error('the Deployment has no container')
  let args = [...container.args]
  for (const { name, mountPath } of container.volumeMounts) {
    const volume = volumes.find((each) => each.name === name)
    const files = await readVolume(cluster, volume?.secret?.secretName, volume?.configMap?.name)
    await mkdir(join(root, mountPath), { recursive: true })
    for (const [file, content] of files) await writeFile(join(root, mountPath, file), content)
    args = args.map((arg) => arg.replace(`=${mountPath}/`, `=${join(root, mountPath)}/`))
  }
  return args
}

async function readVolume(
  cluster: Cluster,
  secret: string | undefined,
  configMap: string | undefined,
): Promise<[string, Buffer][]> {
  const path = secret === undefined ? `configmaps/${configMap}` : `secrets/${secret}`
  const answer = await cluster.ask('GET', `/api/v1/namespaces/${NAMESPACE}/${path}`)
  if (answer.code !== 200) throw new Error(answer.body.message)
  const data = answer.body['data'] as Readonly<Record<string, string>>
  const encoding = secret === undefined ? 'utf8' : 'base64'
  return Object.entries(data).map(([name, value]) => [name, Buffer.from(value, encoding)])
}

async function applyManifests(cluster: Cluster, ...names: readonly string[]): Promise<void> {
  const files = names.flatMap((name) => ['-f', join(MANIFESTS, `${name}.yaml`)])
  const { code, stderr } = await cluster.kubectl(['apply', ...files])
  if (code !== 0) throw new Error(stderr)
}

async function listNamespaces(cluster: Cluster): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(['get', 'namespaces', '-o', 'yaml'])
  if (code !== 0) throw new Error(stderr)
  return stdout
}

function endpointSlice(addresses: readonly string[], port: number): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'portcullis-e2e',
      namespace: NAMESPACE,
      labels: { 'kubernetes.io/service-name': 'portcullis' },
    },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true },
    })),
    ports: [{ name: 'webhook', protocol: 'TCP', port }],
  }
}

function askOperator(host: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host, port: OPERATOR_PORT, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}
