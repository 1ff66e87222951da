import { fixedNamespaces, type NamespaceSource } from '../../cluster/namespace-source.ts'
import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Clock } from '../../host/clock.ts'
import type { Host } from '../../host/host.ts'
import type { Logger } from '../../host/logger.ts'
import { lookupAmong, namespacesAmong } from '../inputs/namespaces.ts'
import { readFile } from '../inputs/read-inputs.ts'
import type { Settings } from './serve-settings.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'

export interface OpenNamespaces {
  readonly source: NamespaceSource
  readonly close: () => Promise<void>
}

/** Of the cluster, of a file, or none; undefined with the reason on stderr. @throws ClusterError for a cluster that nothing names. */
export async function openNamespaces(
  { watchNamespaces: isWatching, kubeconfig, namespaces: path }: Settings,
  host: Host,
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<OpenNamespaces | undefined> {
  if (isWatching) {
    const { openCluster } = await import('../../cluster/open-cluster.ts')
    const { watchNamespaces } = await import('../../cluster/watch-namespaces.ts')
    const source = watchNamespaces(await openCluster(kubeconfig), deps)
    return { source, close: source.stop }
  }
  const lookup = await readLookup(path, host)
  return lookup && { source: fixedNamespaces(lookup), close: () => Promise.resolve() }
}

async function readLookup(
  path: string | undefined,
  host: Host,
): Promise<ReturnType<typeof lookupAmong> | undefined> {
  if (path === undefined) return lookupAmong([], 'error')
  const { resources, diagnostics } = await readFile(path, host)
  await writeDiagnostics(diagnostics, host)
  return hasErrors(diagnostics) ? undefined : lookupAmong(namespacesAmong(resources), 'error')
}
