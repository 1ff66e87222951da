// The queries that operators import, held against what the running server exposes; and the objects they come in.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { load, loadAll } from 'js-yaml'
import { beforeAll, describe, expect, test } from 'vitest'
import { exerciseMetrics } from '../support/exercised-metrics.ts'
import { ROOT } from '../support/portcullis.ts'
import { knownSeries } from './known-series.ts'
import {
  alertRules,
  dashboard,
  deployment,
  type Panel,
  readMonitoring,
  ruleGroups,
} from './monitoring-files.ts'
import { checkQuery, type Series } from './promql.ts'

let series: ReadonlyMap<string, Series>

beforeAll(async () => {
  series = knownSeries(await exerciseMetrics())
})

const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const variables = new Map(dashboard.templating.list.map((each) => [each.name, each]))
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target })),
)

/** As Grafana does before it asks; variables in matchers' values stay. */
function fillIn(query: string): string {
  return query.replaceAll('[$__rate_interval]', '[5m]')
}

/** The labels that a template asks for, `{{ $labels.pod }}` of Prometheus or `{{pod}}` of Grafana. */
function labelsIn(template: string, pattern: RegExp): string[] {
  return [...template.matchAll(pattern)].map(([, label = '']) => label)
}

describe('a query that cannot answer is told', () => {
  const errors = 'portcullis_binding_errors_total'
  const duration = 'portcullis_admission_review_duration_seconds'
  test.each([
    ['no PromQL', 'sum(', 'syntax error'],
    ['a series that nobody exposes', 'portcullis_reviews_total', 'nobody exposes'],
    ['a histogram without its part', `rate(${duration}[5m])`, 'nobody exposes'],
    ['a matcher of a label that is not there', `${errors}{policy="a"}`, 'no label policy'],
    [
      'a matcher of a value that never comes',
      `${duration}_count{outcome=~"failed|lost"}`,
      '"lost"',
    ],
    ['another job', 'process_cpu_seconds_total{job="portculis"}', 'no job="portculis"'],
    [
      'grouping by a label that is gone',
      `sum by (code) (sum by (pod) (${errors}))`,
      'no label code',
    ],
    [
      'a quantile without buckets',
      `histogram_quantile(0.5, sum(${duration}_bucket))`,
      'no buckets',
    ],
    ['a rate of a gauge', 'rate(portcullis_reviews_queued[5m])', 'no rate'],
    ['sides with other labels', `${errors} / portcullis_ready`, 'never match'],
    [
      'sides without the label to match on',
      `${errors} / on (code) portcullis_ready`,
      'no label code',
    ],
  ])('%s', (_, query, fault) => {
    expect(checkQuery(query, series).faults.join()).toContain(fault)
  })
})

describe('the alerts', () => {
  test.each(alertRules)('$alert ($labels.severity) asks for what there is', ({ expr }) => {
    expect(checkQuery(expr, series).faults).toEqual([])
  })

  test.each(alertRules)('$alert ($labels.severity) tells who, what and what next', (rule) => {
    expect(Object.keys(rule).toSorted()).toEqual(['alert', 'annotations', 'expr', 'for', 'labels'])
    expect(rule.alert).toMatch(/^Portcullis[A-Z]/)
    expect(rule.for).toMatch(/^\d+[mh]$/)
    expect(['warning', 'critical']).toContain(rule.labels.severity)
    const { summary, description, runbook, ...others } = rule.annotations
    expect(others).toEqual({})
    expect(summary.length).toBeLessThan(80)
    const { labels } = checkQuery(rule.expr, series)
    const used = labelsIn(summary + description, /\$labels\.(\w+)/g)
    expect(used.filter((label) => labels?.has(label) !== true)).toEqual([])
    // An alert of one of several replicas or bindings names it.
    const unnamed = [...(labels ?? [])].filter((label) => !used.includes(label))
    expect(unnamed).toEqual([])
    expect(runbook).toBe(`docs/operations.md#${rule.alert.toLowerCase()}`)
  })

  test('have a section each in docs/operations.md, and it has no others', () => {
    const page = readFileSync(`${ROOT}docs/operations.md`, 'utf8')
    const headings = [...page.matchAll(/^### (Portcullis\w+)$/gm)].map(([, name]) => name)
    expect(headings).toEqual([...new Set(alertRules.map(({ alert }) => alert))])
  })

  test('of the same name differ in severity', () => {
    const names = alertRules.map(({ alert, labels }) => `${alert} ${labels.severity}`)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('the dashboard', () => {
  test.each(queries)('$title, $refId asks for what there is', ({ expr, legendFormat }) => {
    const { faults, labels } = checkQuery(fillIn(expr), series)
    expect(faults).toEqual([])
    const shown = labelsIn(legendFormat, /\{\{\s*(\w+)\s*\}\}/g)
    expect(shown.filter((label) => labels?.has(label) !== true)).toEqual([])
    const asked = labelsIn(expr, /\$(\w+)/g).filter((name) => name !== '__rate_interval')
    expect(asked.filter((name) => !variables.has(name))).toEqual([])
  })

  test('can be asked by data source, namespace, replica and binding', () => {
    expect([...variables.keys()]).toEqual(['datasource', 'namespace', 'pod', 'binding'])
    for (const { type, query, name } of variables.values()) {
      if (type === 'datasource') {
        expect(query).toBe('prometheus')
        continue
      }
      const text = typeof query === 'string' ? query : query.query
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? []
      expect(label).toBe(name)
      const { faults, labels } = checkQuery(selector, series)
      expect(faults).toEqual([])
      expect(labels?.has(label)).toBe(true)
    }
    for (const { expr } of queries) expect(expr).toContain('namespace="$namespace"')
  })

  test('is one that Grafana 12 and 13 load as it is', () => {
    // The last version of the format; later Grafanas convert it to another.
    expect(dashboard.schemaVersion).toBe(42)
    expect(dashboard).toMatchObject({ uid: 'portcullis', title: 'Portcullis' })
    expect(dashboard).not.toHaveProperty('id')
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const source = { type: 'prometheus', uid: '${datasource}' }
    for (const panel of panels) {
      expect(panel).toMatchObject({ datasource: source, description: expect.stringMatching(/\.$/) })
      expect(panel.title).not.toBe('')
      expect(panel.fieldConfig?.defaults.unit).toMatch(/^[a-z]+$/)
      expect(panel.targets?.length).toBeGreaterThan(0)
      for (const target of panel.targets ?? []) expect(target).toMatchObject({ datasource: source })
    }
  })

  test('lays its panels out within the page, none on another', () => {
    const overlap = (one: Panel, other: Panel): boolean => {
      const [a, b] = [one.gridPos, other.gridPos]
      return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
    }
    for (const [index, panel] of dashboard.panels.entries()) {
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24)
      const others = dashboard.panels.slice(index + 1).filter((other) => overlap(panel, other))
      expect(others.map(({ title }) => title)).toEqual([])
    }
  })

  test('shows every metric of ours', () => {
    const asked = [...queries, ...alertRules].map(({ expr }) => expr).join('\n')
    const ours = [...series.keys()].filter((name) => name.startsWith('portcullis_'))
    const families = new Set(ours.map((name) => name.replace(/_(bucket|sum|count)$/, '')))
    expect([...families].filter((name) => !asked.includes(name))).toEqual([])
  })
})

describe('the objects', () => {
  const kustomization = load(readMonitoring('kustomization.yaml')) as {
    readonly resources: readonly string[]
  }

  test('are where the webhook is, and scrape its operators’ port', () => {
    const { selector, template } = deployment.spec
    const [{ ports }] = template.spec.containers
    const { namespace } = deployment.metadata
    for (const file of kustomization.resources) {
      const [object] = loadAll(readMonitoring(file)) as { kind: string; metadata: unknown }[]
      expect(object?.metadata).toMatchObject({ namespace, labels: selector.matchLabels })
    }
    expect(load(readMonitoring('podmonitor.yaml'))).toMatchObject({
      kind: 'PodMonitor',
      spec: {
        jobLabel: 'app.kubernetes.io/name',
        selector,
        podMetricsEndpoints: [{ port: 'operator', path: '/metrics' }],
      },
    })
    expect(ports.map(({ name }) => name)).toContain('operator')
  })

  test('are the same to a Prometheus without the operator', () => {
    const [label, value] = Object.entries(deployment.spec.selector.matchLabels)[0] ?? []
    expect(load(readMonitoring('scrape-config.yaml'))).toMatchObject({
      scrape_configs: [
        {
          job_name: value,
          kubernetes_sd_configs: [
            {
              role: 'pod',
              namespaces: { names: [deployment.metadata.namespace] },
              selectors: [{ role: 'pod', label: `${label}=${value}` }],
            },
          ],
        },
      ],
    })
  })

  test('come out of kustomize, the dashboard for Grafana’s sidecar', (context) => {
    const run = spawnSync('kubectl', ['kustomize', `${ROOT}manifests/monitoring`], {
      encoding: 'utf8',
    })
    if (run.error !== undefined) {
      console.error('SKIPPED for lack of kubectl: rendering manifests/monitoring')
      context.skip()
    }
    expect(run.stderr).toBe('')
    const objects = loadAll(run.stdout) as Readonly<Record<string, unknown>>[]
    expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'PodMonitor', 'PrometheusRule'])
    const [map, , rule] = objects
    expect(map).toMatchObject({
      metadata: {
        name: 'portcullis-dashboard',
        namespace: deployment.metadata.namespace,
        labels: { grafana_dashboard: '1' },
      },
      data: { 'portcullis.json': readMonitoring('dashboard.json') },
    })
    expect(rule).toMatchObject({ spec: { groups: ruleGroups } })
  })
})
