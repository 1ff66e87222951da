// What is served with, first and later: from files, or kept in the cluster.
import { assertClientCa } from '../../certs/assert-client-ca.ts'
import { ClusterError } from '../../cluster/cluster-error.ts'
import type { Host } from '../../host/host.ts'
import type { ListenAddress, TlsFiles } from '../../server/listener.ts'
import { readTlsFiles } from '../../server/read-tls-files.ts'
import type { TlsSource } from '../../server/tls-source.ts'
import { readTls } from './read-tls.ts'
import type { Settings } from './serve-settings.ts'
import type { ClusterDeps } from './shared-cluster.ts'

export interface OpenCertificates {
  readonly tls: TlsFiles
  readonly source: TlsSource
  /** Why clients cannot trust what serves yet. */
  readonly fault: () => string | undefined
  readonly close: () => Promise<void>
}

/** The kubelet restarts what is not alive soon after; then better with the reason as the last line. */
const PATIENCE_MS = 45_000

/**
 * @throws {UsageError} where no way to a certificate is given.
 * @throws {CertError} where there is none to serve with.
 * @throws {ClusterError} for a cluster that nothing names.
 */
export async function openCertificates(
  settings: Settings,
  listen: ListenAddress,
  host: Host,
  deps: ClusterDeps,
): Promise<OpenCertificates> {
  if (settings.manageCerts) return openManaged(settings, host, deps)
  const { tls, paths } = await readTls(settings, listen, host)
  const { watchTlsFiles } = await import('../../server/watch-tls-files.ts')
  const source = watchTlsFiles(paths, { files: host.files, clock: deps.clock })
  return { tls, source, fault: () => undefined, close: () => Promise.resolve() }
}

async function openManaged(
  settings: Settings,
  { files }: Host,
  { openCluster, ...deps }: ClusterDeps,
): Promise<OpenCertificates> {
  const { clientCaFile: path, clientNames } = settings
  const client = path === undefined ? undefined : await readTlsFiles({ clientCa: path }, files)
  if (client !== undefined) assertClientCa(client.clientCa)

  const cluster = await openCluster()
  const { namespace } = cluster
  if (namespace === undefined) {
    const message = 'the kubeconfig’s context names no namespace, and the Secret has to be in one'
    throw new ClusterError('no-cluster', message)
  }
  const { manageCertificates } = await import('../../server/manage-certificates.ts')
  const { withClientCa } = await import('../../server/with-client-ca.ts')
  const managed = manageCertificates(cluster, {
    names: {
      namespace,
      secret: settings.certsSecret,
      service: settings.certsService,
      webhookConfiguration: settings.certsWebhookConfiguration,
    },
    hosts: settings.tlsServerNames ?? [],
    ...deps,
  })
  try {
    const pair = await managed.first(PATIENCE_MS)
    const source =
      path === undefined || client === undefined
        ? managed.source
        : withClientCa(managed.source, { path, ...client }, { files, ...deps })
    return {
      tls: { ...pair, ...client, ...(clientNames === undefined ? {} : { clientNames }) },
      source,
      fault: managed.fault,
      close: managed.stop,
    }
  } catch (error) {
    await managed.stop()
    throw error
  }
}
