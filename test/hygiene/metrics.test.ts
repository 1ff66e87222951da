// docs/metrics.md, from what the running server says of its metrics: `npm run docs` after a change.
import { expect, test } from 'vitest'
import { exerciseMetrics } from '../support/exercised-metrics.ts'
import type { MetricFamily } from '../support/exposition.ts'
import { ROOT } from '../support/portcullis.ts'

/** With their values where these are a closed set. */
function labelsOf({ samples }: MetricFamily): string[] {
  const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
  labels.delete('le')
  return [...labels].map((label) => {
    const values = new Set(samples.map((sample) => sample.labels[label] ?? ''))
    const isClosed = label === 'outcome' || label === 'reason'
    return `\`${label}\`${isClosed ? ` (${[...values].toSorted().join(', ')})` : ''}`
  })
}

test('docs/metrics.md lists every metric', async () => {
  const families = await exerciseMetrics()
  const ours = families.filter(({ name }) => name.startsWith('portcullis_'))
  const others = families.filter((family) => !ours.includes(family))
  const page = [
    '# Metrics',
    '',
    'What `GET /metrics` on the operators’ listener says, in Prometheus’ text format. [operations.md](operations.md#metrics-and-alerts) has the',
    'alerts, [manifests/monitoring](../manifests/monitoring/README.md) what to import.',
    '',
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...ours.map((family) => {
      const { name, type, help } = family
      return `| \`${name}\` | ${type} | ${labelsOf(family).join(', ')} | ${help} |`
    }),
    '',
    'A histogram is three series: `_bucket` with the label `le`, `_sum` and `_count`. Nobody can make up series: `kind` is `other` for what',
    'Kubernetes does not have itself, `resource` for what no policy of the bundle knows.',
    '',
    '## Of the process',
    '',
    'As prom-client has them for every Node process: tell them apart by the job.',
    '',
    '| metric | type | meaning |',
    '| --- | --- | --- |',
    ...others.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`),
    '',
  ].join('\n')
  await expect(page).toMatchFileSnapshot(`${ROOT}docs/metrics.md`)
})
