import { ClusterError } from '../../cluster/cluster-error.ts'
import { listPages } from '../../cluster/list-pages.ts'
import type { Cluster } from '../../cluster/open-cluster.ts'
import { type NamespacesNow, readNamespaces } from '../../cluster/read-namespaces.ts'
import type { Host } from '../../host/host.ts'
import { toReview } from '../../kubernetes/to-review.ts'
import type { Engine } from '../../policy/engine.ts'
import { type ObjectReport, reportFault } from '../../report/make-report.ts'
import type { ReportError } from '../../report/report.ts'
import { type AuditedResource, planAudit } from './audit-resources.ts'
import { judgeResource } from '../check/judge-resource.ts'
import { createProgress } from '../progress.ts'
import { readPage } from './read-page.ts'
import { withBindings } from '../inputs/select-bindings.ts'
import { isInShard, type Shard } from './shard.ts'

export interface Audit {
  readonly objects: readonly ObjectReport[]
  /** What could not be listed. */
  readonly errors: readonly ReportError[]
  /** Objects in the cluster that bindings may be about, of this shard or not. */
  readonly listed: number
}

/** A page is what is in memory of the objects. */
const PAGE_SIZE = 200
/** The moment a list is of is forgotten after some minutes; then it is begun anew. */
const MAX_LISTINGS = 3

/**
 * Judges the cluster's objects as if each were created now. What cannot be read is told, and the rest judged.
 *
 * @throws ClusterError where nothing can be judged.
 */
export async function auditCluster(
  cluster: Cluster,
  engine: Engine,
  shard: Shard,
  host: Host,
): Promise<Audit> {
  const namespaces = await readNamespaces(cluster)
  const { audited, unknown } = await planAudit(cluster, engine.bundle.bindings)
  const errors = unknown.map((each) => reportFault(each.code, each.message))
  const objects: ObjectReport[] = []
  let listed = 0
  const progress = createProgress('kinds of objects', host)
  try {
    for (const [index, each] of audited.entries()) {
      try {
        const listing = await auditResource(each, { cluster, engine, namespaces, shard, host })
        for (const object of listing.objects) objects.push(object)
        listed += listing.listed
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error
        const { group, resource } = each.resource
        const name = group === '' ? resource : `${group}/${resource}`
        errors.push(reportFault(error.code, `${name} cannot be read: ${error.message}`))
      }
      progress.show(index + 1, audited.length)
    }
  } finally {
    await progress.end()
  }
  return { objects, errors, listed }
}

interface AuditContext {
  readonly cluster: Cluster
  readonly engine: Engine
  readonly namespaces: NamespacesNow
  readonly shard: Shard
  readonly host: Host
}

type Listing = Pick<Audit, 'objects' | 'listed'>

async function auditResource(audited: AuditedResource, context: AuditContext): Promise<Listing> {
  for (let listings = 1; ; listings++) {
    try {
      return await listAndJudge(audited, context)
    } catch (error) {
      const isForgotten = error instanceof ClusterError && error.status === 410
      if (!isForgotten || listings >= MAX_LISTINGS) throw error
    }
  }
}

async function listAndJudge(
  { resource: served, bindings }: AuditedResource,
  { cluster, engine: whole, namespaces, shard, host }: AuditContext,
): Promise<Listing> {
  const engine = withBindings(whole, bindings)
  const now = host.now()
  const objects: ObjectReport[] = []
  let listed = 0
  for await (const { text } of listPages(cluster, served.path, { pageSize: PAGE_SIZE })) {
    const resources = readPage(text, served)
    listed += resources.length
    const own = resources.filter((each) => isInShard(shard, each))
    await namespaces.learn(own.map(({ namespace = '' }) => namespace))
    for (const resource of own) {
      const review = toReview(resource, { operation: 'CREATE' })
      const judged = judgeResource(engine, { resource, review }, namespaces.lookup, now)
      // A piece of a text holds on to all of it: without a copy every name would keep its page in memory.
      objects.push(structuredClone(judged))
    }
  }
  return { objects, listed }
}
