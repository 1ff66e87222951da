// The cluster's Namespaces as they are now, for a run that ends; watch-namespaces.ts keeps them up to date.
import type { JsonObject } from '../bundle/bundle.ts'
import type { NamespaceLookup } from '../policy/review.ts'
import { ClusterError } from './cluster-error.ts'
import { listPages } from './list-pages.ts'
import { nameOf, namespaceForPolicies, namespacePath, NAMESPACES_PATH } from './namespace-object.ts'
import type { Cluster } from './open-cluster.ts'

export interface NamespacesNow {
  readonly lookup: NamespaceLookup
  /** Reads those that came after all were listed. @throws ClusterError */
  readonly learn: (names: Iterable<string>) => Promise<void>
}

const TIMEOUT_MS = 30_000

/** @throws ClusterError */
export async function readNamespaces(cluster: Cluster): Promise<NamespacesNow> {
  /** Undefined is one that there is no more. */
  const known = new Map<string, JsonObject | undefined>()
  for await (const { items } of listPages(cluster, NAMESPACES_PATH)) {
    for (const item of items) known.set(nameOf(item), namespaceForPolicies(item))
  }
  const readOne = async (name: string): Promise<JsonObject | undefined> => {
    try {
      const path = namespacePath(name)
      return namespaceForPolicies(await cluster.ask({ path, timeoutMs: TIMEOUT_MS }))
    } catch (error) {
      if (error instanceof ClusterError && error.status === 404) return undefined
      throw error
    }
  }
  return {
    lookup: (name) => {
      const object = known.get(name)
      return object === undefined ? { kind: 'unknown' } : { kind: 'found', object }
    },
    learn: async (names) => {
      for (const name of new Set(names)) {
        if (name !== '' && !known.has(name)) known.set(name, await readOne(name))
      }
    },
  }
}
