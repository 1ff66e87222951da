// A run's findings as objects for dashboards in the cluster: wgpolicyk8s.io's PolicyReport and its successor, OpenReports.
// Source: kubernetes-sigs/wg-policy-prototypes, apis/wgpolicyk8s.io/v1alpha2; openreports/reports-api, apis/openreports.io/v1alpha1.
import { fieldPath } from '../admission/field-path.ts'
import type { JsonObject } from '../bundle/bundle.ts'
import { groupBy } from './group-by.ts'
import { explainSuppression, onePerViolation, type ReportViolation } from './one-per-violation.ts'
import type { Report, ReportError, ReportResource } from './report.ts'

/** A group's two kinds, of which the second is cluster-scoped. */
export interface PolicyReportApi {
  readonly apiVersion: string
  readonly kind: string
  readonly clusterKind: string
  /** Whether a report itself says who made it. */
  readonly hasSource: boolean
}

export interface PolicyReportOptions {
  readonly api: PolicyReportApi
  /** Of a namespace's first report, and the beginning of those of the others. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly now: Date
}

type Result = 'fail' | 'warn' | 'error' | 'skip'

const SOURCE = 'portcullis'
/** UTF-8 of a report's results: etcd takes objects of 1.5 MiB. */
const MAX_RESULT_BYTES = 1_000_000

/**
 * Returns a report a namespace in which something was judged, and one of what is in none; more where the results are too many for
 * one object. Results are what did not pass; how much did is in the first report's summary.
 */
export function makePolicyReports(
  report: Report,
  options: PolicyReportOptions,
): readonly JsonObject[] {
  const violations = groupBy(onePerViolation(report), ({ resource }) => resource.namespace)
  const errors = groupBy(
    report.errors.filter((each) => each.resourceIndex !== null),
    (error) => resourceOf(error, report)?.namespace ?? '',
  )
  return [...groupBy(report.resources, ({ namespace }) => namespace)].flatMap(
    ([namespace, resources]) => {
      const found = violations.get(namespace) ?? []
      const failed = errors.get(namespace) ?? []
      const results = [
        ...found.map((each) => violationResult(each, options)),
        ...failed.map((each) => errorResult(each, report, options)),
      ]
      const judged = resources.reduce((sum, { matched }) => sum + matched.length, 0)
      const notPassed = new Set(
        [...found, ...failed].map((each) => `${each.resourceIndex} ${each.binding}`),
      )
      return inChunks(results).map((chunk, index) =>
        makeOne(chunk, index === 0 ? judged - notPassed.size : 0, {
          ...options,
          namespace,
          name: index === 0 ? options.name : `${options.name}-${index + 1}`,
        }),
      )
    },
  )
}

function makeOne(
  results: readonly JsonObject[],
  pass: number,
  { api, name, namespace, labels }: PolicyReportOptions & { readonly namespace: string },
): JsonObject {
  const count = (result: Result): number =>
    results.filter((each) => each['result'] === result).length
  return {
    apiVersion: api.apiVersion,
    kind: namespace === '' ? api.clusterKind : api.kind,
    metadata: { name, ...(namespace === '' ? {} : { namespace }), labels },
    ...(api.hasSource ? { source: SOURCE } : {}),
    summary: {
      pass,
      fail: count('fail'),
      warn: count('warn'),
      error: count('error'),
      skip: count('skip'),
    },
    results,
  }
}

function violationResult(violation: ReportViolation, { now }: PolicyReportOptions): JsonObject {
  const { policy, binding, severity, action, message, path, resource, fingerprint, suppression } =
    violation
  const denies = action === 'Deny'
  const result: Result = suppression === undefined ? (denies ? 'fail' : 'warn') : 'skip'
  const field = path.length === 0 ? undefined : fieldPath(path)
  return {
    source: SOURCE,
    policy,
    rule: binding,
    severity,
    result,
    // A result that is not scored is one that nobody is stopped by.
    scored: denies && suppression === undefined,
    message,
    resources: [referenceTo(resource)],
    timestamp: timestampOf(now),
    properties: {
      action,
      fingerprint,
      ...(field === undefined ? {} : { field }),
      ...(suppression === undefined ? {} : Object.fromEntries([explainSuppression(suppression)])),
    },
  }
}

function errorResult(error: ReportError, report: Report, { now }: PolicyReportOptions): JsonObject {
  const resource = resourceOf(error, report)
  const binding = report.bindings.find(({ name }) => name === error.binding)
  const result: Result = 'error'
  return {
    source: SOURCE,
    policy: binding?.policy ?? error.code,
    ...(binding === undefined ? {} : { rule: binding.name }),
    result,
    scored: true,
    message: error.message,
    ...(resource === undefined ? {} : { resources: [referenceTo(resource)] }),
    timestamp: timestampOf(now),
    properties: { code: error.code },
  }
}

function resourceOf(
  { resourceIndex }: ReportError,
  { resources }: Report,
): ReportResource | undefined {
  return resourceIndex === null ? undefined : resources[resourceIndex]
}

/** An ObjectReference of k8s.io/api/core/v1. */
function referenceTo({ apiVersion, kind, namespace, name }: ReportResource): JsonObject {
  return { apiVersion, kind, ...(namespace === '' ? {} : { namespace }), name }
}

function timestampOf(now: Date): JsonObject {
  return { seconds: Math.floor(now.getTime() / 1_000), nanos: 0 }
}

/** At least one, which may be empty. */
function inChunks(results: readonly JsonObject[]): readonly (readonly JsonObject[])[] {
  const encoder = new TextEncoder()
  const first: JsonObject[] = []
  const chunks = [first]
  let chunk = first
  let bytes = 0
  for (const result of results) {
    const size = encoder.encode(JSON.stringify(result)).length + 1
    if (bytes + size > MAX_RESULT_BYTES && chunk.length > 0) {
      chunk = []
      chunks.push(chunk)
      bytes = 0
    }
    chunk.push(result)
    bytes += size
  }
  return chunks
}
