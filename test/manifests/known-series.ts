// The series that queries may ask for: ours as the running server exposes them, and by name those of others.
import type { MetricFamily } from '../support/exposition.ts'
import { deployment, webhookName } from './monitoring-files.ts'
import type { Series } from './promql.ts'

/** What scraping adds, by podmonitor.yaml and by scrape-config.yaml alike. */
const TARGET: ReadonlyMap<string, ReadonlySet<string> | undefined> = new Map([
  ['job', new Set(['portcullis'])],
  ['instance', undefined],
  ['namespace', undefined],
  ['pod', undefined],
])

const ERROR_TYPES = ['calling_webhook_error', 'apiserver_internal_error', 'no_error']

const FOREIGN: readonly (Series & { readonly name: string })[] = [
  // k8s.io/apiserver v0.35.4, pkg/admission/metrics/metrics.go
  {
    name: 'apiserver_admission_webhook_request_total',
    isCumulative: true,
    labels: foreign({
      name: [webhookName],
      type: ['validating'],
      operation: undefined,
      code: undefined,
    }),
  },
  {
    name: 'apiserver_admission_webhook_rejection_count',
    isCumulative: true,
    labels: foreign({
      name: [webhookName],
      type: ['validating'],
      operation: undefined,
      error_type: ERROR_TYPES,
      rejection_code: undefined,
    }),
  },
  {
    name: 'apiserver_admission_webhook_fail_open_count',
    isCumulative: true,
    labels: foreign({ name: [webhookName], type: ['validating'] }),
  },
  // github.com/kubernetes/kube-state-metrics, docs/metrics/workload/pod-metrics.md
  {
    name: 'kube_pod_container_resource_limits',
    isCumulative: false,
    labels: foreign({
      namespace: undefined,
      pod: undefined,
      uid: undefined,
      container: [deployment.spec.template.spec.containers[0].name],
      node: undefined,
      resource: ['cpu', 'memory'],
      unit: ['core', 'byte'],
    }),
  },
]

export function knownSeries(families: readonly MetricFamily[]): ReadonlyMap<string, Series> {
  const known = new Map<string, Series>(FOREIGN.map(({ name, ...series }) => [name, series]))
  for (const { name, type, samples } of families) {
    const names =
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name]
    for (const each of names) {
      const labels = new Map<string, Set<string>>()
      for (const sample of samples.filter((one) => one.name === each)) {
        for (const [label, value] of Object.entries(sample.labels)) {
          labels.set(label, (labels.get(label) ?? new Set()).add(value))
        }
      }
      known.set(each, { isCumulative: type !== 'gauge', labels: new Map([...TARGET, ...labels]) })
    }
  }
  return known
}

function foreign(
  labels: Readonly<Record<string, readonly string[] | undefined>>,
): Series['labels'] {
  return new Map([
    ['job', undefined],
    ['instance', undefined],
    ...Object.entries(labels).map(([label, values]): [string, ReadonlySet<string> | undefined] => [
      label,
      values === undefined ? undefined : new Set(values),
    ]),
  ])
}
