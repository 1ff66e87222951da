import { fixedNamespaces, type NamespaceSource } from '../../cluster/namespace-source.ts'
import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { readNamespaces } from '../inputs/given-objects.ts'
import { lookupAmong } from '../../kubernetes/namespaces-among.ts'
import type { Settings } from './serve-settings.ts'
import type { ClusterDeps } from './shared-cluster.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'

export interface OpenNamespaces {
  readonly source: NamespaceSource
  readonly close: () => Promise<void>
}

/** Of the cluster, of a file, or none; undefined with the reason on stderr. @throws ClusterError, or {InputError} for a file that has none. */
export async function openNamespaces(
  { watchNamespaces: isWatching, namespaces: path }: Settings,
  host: Host,
  { openCluster, ...deps }: ClusterDeps,
): Promise<OpenNamespaces | undefined> {
  if (isWatching) {
    const { watchNamespaces } = await import('../../cluster/watch-namespaces.ts')
    const source = watchNamespaces(await openCluster(), deps)
    return { source, close: source.stop }
  }
  const { namespaces, diagnostics } = await readNamespaces(path, host)
  await writeDiagnostics(diagnostics, host)
  if (hasErrors(diagnostics)) return undefined
  const source = fixedNamespaces(lookupAmong(namespaces, 'error'))
  return { source, close: () => Promise.resolve() }
}
