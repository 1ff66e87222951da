// Which of a cluster's resources have to be listed so that every binding sees every object that it can be about.
import type { Binding } from '../../bundle/bundle.ts'
import { ClusterError } from '../../cluster/cluster-error.ts'
import type { Cluster } from '../../cluster/open-cluster.ts'
import {
  listGroupVersions,
  listResources,
  type ListableResource,
} from '../../cluster/served-resources.ts'
import { mayMatch } from '../../policy/may-match.ts'
import { parseResourcePattern } from '../../policy/resource-name.ts'

export interface AuditedResource {
  readonly resource: ListableResource
  readonly bindings: readonly Binding[]
}

export interface AuditPlan {
  readonly audited: readonly AuditedResource[]
  /** Groups whose resources nobody could tell. */
  readonly unknown: readonly ClusterError[]
}

/**
 * Each object is judged once, in the version that its group prefers; by bindings that are about another version only, in that
 * one too.
 *
 * @throws ClusterError
 */
export async function planAudit(
  cluster: Cluster,
  bindings: readonly Binding[],
): Promise<AuditPlan> {
  const patterns = bindings.flatMap(({ policy }) => policy.resources.map(parseResourcePattern))
  const audited: AuditedResource[] = []
  const unknown: ClusterError[] = []
  /** Pairs of a resource, without its version, and a binding. */
  const covered = new Set<string>()
  for (const each of await listGroupVersions(cluster)) {
    if (!patterns.some(({ group }) => group === '*' || group === each.group)) continue
    try {
      for (const resource of await listResources(cluster, each)) {
        const keyOf = ({ name }: Binding): string =>
          JSON.stringify([resource.group, resource.resource, name])
        const added = bindings.filter(
          (binding) => !covered.has(keyOf(binding)) && mayMatch(binding, resource, 'CREATE'),
        )
        if (added.length === 0) continue
        const isFirst = !audited.some(
          (other) =>
            other.resource.group === resource.group &&
            other.resource.resource === resource.resource,
        )
        // Those that cannot match are asked too, so that the report says why they did not.
        audited.push({ resource, bindings: isFirst ? bindings : added })
        for (const binding of added) covered.add(keyOf(binding))
      }
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      unknown.push(error)
    }
  }
  return { audited, unknown }
}
