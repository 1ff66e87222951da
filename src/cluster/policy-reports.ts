// Where the objects of src/report/policy-report.ts go: into the cluster, and those that no longer hold out of it.
import type { JsonObject } from '../bundle/bundle.ts'
import { ClusterError } from './cluster-error.ts'
import { listPages } from './list-pages.ts'
import { metadataOf, nameOf } from './namespace-object.ts'
import type { Cluster } from './open-cluster.ts'

/** A resource that reports are objects of. */
export interface ReportCollection {
  readonly apiVersion: string
  /** `policyreports`. */
  readonly resource: string
  readonly namespaced: boolean
}

const TIMEOUT_MS = 30_000
const FIELD_MANAGER = 'portcullis-audit'
/** Reports are large. */
const PAGE_SIZE = 20

/** @throws ClusterError */
export async function isServed(cluster: Cluster, apiVersion: string): Promise<boolean> {
  try {
    await cluster.ask({ path: `/apis/${apiVersion}`, timeoutMs: TIMEOUT_MS })
    return true
  } catch (error) {
    if (error instanceof ClusterError && error.status === 404) return false
    throw error
  }
}

/**
 * Writes a report by server-side apply. One whose namespace is gone by now, or goes, is left out: its objects go with it.
 *
 * @throws ClusterError
 */
export async function applyReport(
  cluster: Cluster,
  collection: ReportCollection,
  report: JsonObject,
): Promise<void> {
  try {
    await cluster.ask({
      method: 'PATCH',
      path: pathOf(collection, report),
      query: { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Strict' },
      contentType: 'application/apply-patch+yaml',
      body: report,
      timeoutMs: TIMEOUT_MS,
    })
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    const isGoing = error.status === 403 && error.message.includes('because it is being terminated')
    if (collection.namespaced && (error.status === 404 || isGoing)) return
    throw error
  }
}

/** @throws ClusterError */
export async function listReports(
  cluster: Cluster,
  { apiVersion, resource }: ReportCollection,
  labelSelector: string,
): Promise<readonly JsonObject[]> {
  const reports: JsonObject[] = []
  const options = { labelSelector, pageSize: PAGE_SIZE }
  for await (const { items } of listPages(cluster, `/apis/${apiVersion}/${resource}`, options)) {
    for (const item of items) reports.push({ metadata: metadataOf(item) })
  }
  return reports
}

/** @throws ClusterError */
export async function deleteReport(
  cluster: Cluster,
  collection: ReportCollection,
  report: JsonObject,
): Promise<void> {
  try {
    await cluster.ask({ method: 'DELETE', path: pathOf(collection, report), timeoutMs: TIMEOUT_MS })
  } catch (error) {
    // Another was faster.
    if (!(error instanceof ClusterError && error.status === 404)) throw error
  }
}

function pathOf({ apiVersion, resource }: ReportCollection, report: JsonObject): string {
  const { namespace } = metadataOf(report)
  const inNamespace =
    typeof namespace === 'string' ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `/apis/${apiVersion}${inNamespace}/${resource}/${encodeURIComponent(nameOf(report))}`
}
