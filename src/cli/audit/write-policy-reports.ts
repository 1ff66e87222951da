// `audit --policy-reports`: findings as objects in the cluster, for dashboards that read them there.
import { ClusterError } from '../../cluster/cluster-error.ts'
import type { Cluster } from '../../cluster/open-cluster.ts'
import {
  applyReport,
  deleteReport,
  isServed,
  listReports,
  type ReportCollection,
} from '../../cluster/policy-reports.ts'
import type { JsonObject } from '../../bundle/bundle.ts'
import { isJsonObject } from '../../bundle/is-json-object.ts'
import { makePolicyReports, type PolicyReportApi } from '../../report/policy-report.ts'
import type { Report } from '../../report/report.ts'
import type { Shard } from './shard.ts'

interface ServedApi extends PolicyReportApi {
  readonly ofNamespaces: ReportCollection
  readonly ofCluster: ReportCollection
}

export interface PolicyReports {
  /** Writes what was found, and removes what an earlier run wrote and no longer holds. @throws ClusterError */
  readonly write: (report: Report, shard: Shard, now: Date) => Promise<number>
}

/** The preferred one first. */
const APIS: readonly ServedApi[] = [
  describeApi('openreports.io/v1alpha1', 'Report', true),
  describeApi('wgpolicyk8s.io/v1alpha2', 'PolicyReport', false),
]
const MANAGED_BY = 'app.kubernetes.io/managed-by'
const SHARD_LABEL = 'portcullis.dev/shard'

/** @throws ClusterError where the cluster serves no such reports. */
export async function openPolicyReports(cluster: Cluster): Promise<PolicyReports> {
  const served: ServedApi[] = []
  for (const api of APIS) if (await isServed(cluster, api.apiVersion)) served.push(api)
  const [api] = served
  if (api === undefined) {
    const names = APIS.map(({ apiVersion }) => apiVersion).join(' nor ')
    throw new ClusterError(
      'refused',
      `the cluster serves neither ${names}: install the CustomResourceDefinitions of one of them`,
    )
  }
  return {
    write: async (report, shard, now) => {
      const shardName = `${shard.index}-of-${shard.count}`
      const reports = makePolicyReports(report, {
        api,
        name: shard.count === 1 ? 'portcullis' : `portcullis-${shardName}`,
        labels: { [MANAGED_BY]: 'portcullis', [SHARD_LABEL]: shardName },
        now,
      })
      const written = new Set<string>()
      for (const each of reports) {
        const collection = each['kind'] === api.kind ? api.ofNamespaces : api.ofCluster
        await applyReport(cluster, collection, each)
        written.add(keyOf(collection, each))
      }
      for (const { ofNamespaces, ofCluster } of served) {
        for (const collection of [ofNamespaces, ofCluster]) {
          for (const each of await listReports(cluster, collection, `${MANAGED_BY}=portcullis`)) {
            const isStale = !written.has(keyOf(collection, each)) && !isOfAnother(each, shard)
            if (isStale) await deleteReport(cluster, collection, each)
          }
        }
      }
      return written.size
    },
  }
}

/** Whether another of as many shards answers for it; what was cut into other numbers of shards is nobody's any more. */
function isOfAnother({ metadata }: JsonObject, { index, count }: Shard): boolean {
  const labels = isJsonObject(metadata) ? metadata['labels'] : undefined
  const shard = isJsonObject(labels) ? labels[SHARD_LABEL] : undefined
  return (
    typeof shard === 'string' && shard.endsWith(`-of-${count}`) && shard !== `${index}-of-${count}`
  )
}

function keyOf({ apiVersion, resource }: ReportCollection, { metadata }: JsonObject): string {
  const { namespace, name } = isJsonObject(metadata) ? metadata : {}
  return JSON.stringify([apiVersion, resource, namespace, name])
}

function describeApi(apiVersion: string, kind: string, hasSource: boolean): ServedApi {
  const clusterKind = `Cluster${kind}`
  const collectionOf = (name: string, namespaced: boolean): ReportCollection => ({
    apiVersion,
    resource: `${name.toLowerCase()}s`,
    namespaced,
  })
  return {
    apiVersion,
    kind,
    clusterKind,
    hasSource,
    ofNamespaces: collectionOf(kind, true),
    ofCluster: collectionOf(clusterKind, false),
  }
}
