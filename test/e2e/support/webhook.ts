// The webhook in a cluster by the project's own manifests. The test stands in for the controllers: it starts the Deployment's
// replicas, writes the Service's endpoints, and makes the certificate as cert-manager would.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import {
  type DevCertificates,
  issueDevCertificates,
} from '../../../src/certs/issue-dev-certificates.ts'
import { ROOT } from '../../support/portcullis.ts'
import type { Cluster } from './cluster.ts'
import { waitFor } from './processes.ts'
import { type StartedReplica, startReplica } from './replica.ts'

/** Of a Service's. */
export interface Replica extends StartedReplica {
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
  /** Labels by name; made before anything else. */
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** For `serve`, besides those of the manifest. */
  readonly args?: readonly string[]
  /** Made where absent. */
  readonly tls?: DevCertificates
}

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [key: string]: unknown
}

interface WebhookConfiguration {
  readonly webhooks: readonly { readonly clientConfig: object }[]
}

export const MANIFESTS: string = join(ROOT, 'manifests')
export const NAMESPACE = 'portcullis-system'
export const SERVICE_NAME: string = `portcullis.${NAMESPACE}.svc`
export const CONFIGURATION =
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis'
const WEBHOOK_PORT = 8443

export async function installWebhook(
  cluster: Cluster,
  options: WebhookOptions = {},
): Promise<Webhook> {
  const tls = options.tls ?? (await issueWebhookCertificates())
  const manifests = await kustomize(cluster, join(MANIFESTS, 'overlays/cert-manager'))
  // Registered when somebody answers; and the kinds of cert-manager are not there.
  const now = manifests.filter(
    ({ apiVersion, kind }) =>
      kind !== 'ValidatingWebhookConfiguration' && !apiVersion.startsWith('cert-manager.io/'),
  )
  await cluster.apply(...now)
  await countQuota(cluster)
  for (const [name, labels] of Object.entries(options.namespaces ?? {})) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  }
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'portcullis-tls', namespace: NAMESPACE },
    stringData: { 'tls.crt': tls.certificate, 'tls.key': tls.key },
  })
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
  const publishReplicas = (): Promise<void> => publish([...replicas].map(({ pod }) => pod.address))
  return {
    replicas: () => [...replicas],
    addReplica: async () => {
      const started = await startReplica(cluster, NAMESPACE, args)
      const replica = {
        ...started,
        stop: async () => {
          if (!replicas.delete(replica)) return
          await publishReplicas()
          await started.running.stop()
          await started.pod.remove()
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
      const path = join(MANIFESTS, 'base/validatingwebhookconfiguration.yaml')
      const changed = load(change(await readFile(path, 'utf8'))) as WebhookConfiguration
      const caBundle = Buffer.from(caCertificate).toString('base64')
      const webhooks = changed.webhooks.map((each) => ({
        ...each,
        clientConfig: { ...each.clientConfig, caBundle },
      }))
      await cluster.apply({ ...changed, webhooks })
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

/** What `kubectl apply -k` would apply. */
export async function kustomize(cluster: Cluster, folder: string): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await cluster.kubectl(['kustomize', folder])
  if (code !== 0) throw new Error(stderr)
  return loadAll(stdout) as Manifest[]
}

/** As the controller does: before it has counted once, no pod that a quota is about is admitted. */
export async function countQuota(cluster: Cluster): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/resourcequotas/portcullis`
  const { body } = await cluster.ask('GET', path)
  const { hard } = (body as unknown as { readonly spec: { readonly hard: object } }).spec
  const status = { hard, used: { pods: '0' } }
  const type = 'application/merge-patch+json'
  const { code } = await cluster.ask('PATCH', `${path}/status`, { body: { status }, type })
  if (code !== 200) throw new Error(`the quota's status: ${code}`)
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
