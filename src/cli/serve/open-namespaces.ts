import { fixedNamespaces, type NamespaceSource } from '../../cluster/namespace-source.ts'
import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { lookupAmong, namespacesAmong } from '../inputs/namespaces.ts'
import { readFile } from '../inputs/read-inputs.ts'
import type { Settings } from './serve-settings.ts'
import type { ClusterDeps } from './shared-cluster.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'

export interface OpenNamespaces {
  readonly source: NamespaceSource
  readonly close: () => Promise<void>
}

/** Of the cluster, of a file, or none; undefined with the reason on stderr. @throws ClusterError for a cluster that nothing names. */
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
