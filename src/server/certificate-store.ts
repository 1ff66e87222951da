// The two objects by which replicas agree on certificates, in the cluster: the Secret that holds them, and the webhook
// configuration that says whom API servers trust. Every write is refused where somebody else wrote meanwhile.
import type { JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import type { RotationState } from '../certs/rotation.ts'
import { ClusterError } from '../cluster/cluster-error.ts'
import type { Cluster } from '../cluster/open-cluster.ts'
import type { WatchedObject } from '../cluster/watch-for-changes.ts'
import { readCertificateSecret, writeCertificateSecret } from './certificate-secret.ts'
import { patchTrust, readTrust } from './webhook-trust.ts'

export interface CertificateNames {
  /** Of the Secret and of the Service. */
  readonly namespace: string
  readonly secret: string
  /** By which API servers call. */
  readonly service: string
  readonly webhookConfiguration: string
}

export interface StoredCertificates {
  /** Undefined where there is none yet, or nothing that can be read. */
  readonly state: RotationState | undefined
  /** What was there, empty where nothing was. */
  readonly secret: JsonObject | undefined
}

export interface PublishedTrust {
  readonly certificates: string
  readonly configuration: JsonObject
}

/** All throw ClusterError; `refused` with status 409 where somebody else was quicker. */
export interface CertificateStore {
  readonly watched: readonly WatchedObject[]
  /** @throws CertError `certificate-foreign` */
  readonly read: (signal: AbortSignal) => Promise<StoredCertificates>
  readonly write: (before: StoredCertificates, state: RotationState) => Promise<void>
  /** Undefined where there is no configuration. */
  readonly readTrust: (signal: AbortSignal) => Promise<PublishedTrust | undefined>
  /** What is there afterwards. @throws CertError `certificate-foreign` */
  readonly publish: (before: PublishedTrust, certificates: string) => Promise<PublishedTrust>
}

const TIMEOUT_MS = 10_000
const CONFIGURATIONS =
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations' as const
/** The name under which the API server notes who set what. */
const FIELD_MANAGER = { fieldManager: 'portcullis' }

export function certificateStore(cluster: Cluster, names: CertificateNames): CertificateStore {
  const secrets = `/api/v1/namespaces/${encodeURIComponent(names.namespace)}/secrets`
  const secretPath = `${secrets}/${encodeURIComponent(names.secret)}`
  const configurationPath = `${CONFIGURATIONS}/${encodeURIComponent(names.webhookConfiguration)}`

  const find = async (path: string, signal: AbortSignal): Promise<JsonObject | undefined> => {
    try {
      return await cluster.ask({ path, timeoutMs: TIMEOUT_MS, signal })
    } catch (error) {
      if (error instanceof ClusterError && error.status === 404) return undefined
      throw error
    }
  }
  return {
    watched: [
      { collection: secrets, name: names.secret },
      { collection: CONFIGURATIONS, name: names.webhookConfiguration },
    ],
    read: async (signal) => {
      const secret = await find(secretPath, signal)
      return { secret, state: secret && readCertificateSecret(secret) }
    },
    write: async ({ secret }, state) => {
      const data = writeCertificateSecret(state)
      const request =
        secret === undefined
          ? ({ method: 'POST', path: secrets, body: newSecret(names, data) } as const)
          : ({ method: 'PUT', path: secretPath, body: changed(secret, data) } as const)
      try {
        await cluster.ask({ ...request, query: FIELD_MANAGER, timeoutMs: TIMEOUT_MS })
      } catch (error) {
        throw withoutContent(error)
      }
    },
    readTrust: async (signal) => {
      const configuration = await find(configurationPath, signal)
      return configuration && { configuration, certificates: readTrust(configuration, names) }
    },
    publish: async ({ configuration: before }, certificates) => {
      const configuration = await cluster.ask({
        method: 'PATCH',
        path: configurationPath,
        contentType: 'application/strategic-merge-patch+json',
        query: FIELD_MANAGER,
        body: patchTrust(before, names, certificates),
        timeoutMs: TIMEOUT_MS,
      })
      return { configuration, certificates: readTrust(configuration, names) }
    },
  }
}

function newSecret({ namespace, secret: name }: CertificateNames, data: JsonObject): JsonObject {
  const labels = { 'app.kubernetes.io/name': 'portcullis' }
  const metadata = { name, namespace, labels }
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data }
}

/** With the version that was read, so that a newer one is not overwritten. */
function changed(secret: JsonObject, data: JsonObject): JsonObject {
  const { managedFields: _, ...metadata } = isJsonObject(secret['metadata'])
    ? secret['metadata']
    : {}
  return { ...secret, metadata, data }
}

/** What an API server says of a body that it does not like may quote it, and this one holds keys. */
function withoutContent(error: unknown): unknown {
  if (!(error instanceof ClusterError) || error.status === undefined) return error
  // Who may not write is refused before the body is read.
  if (error.status === 403) return error
  const { code, status } = error
  return new ClusterError(code, `writing the Secret is refused with ${status}`, { status })
}
