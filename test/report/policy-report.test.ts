import { describe, expect, test } from 'vitest'
import { makePolicyReports } from '../../src/report/policy-report.ts'
import { finding, judged, only, POD, reportOf, sampleReport } from './sample.ts'

const OPTIONS = {
  api: { apiVersion: 'a/v1', kind: 'Report', clusterKind: 'ClusterReport', hasSource: true },
  name: 'portcullis',
  labels: {},
  now: new Date('2026-11-21T12:00:00Z'),
}

describe('policy reports', () => {
  test('hold what is denied, warned of, excepted and could not be judged, by namespace', () => {
    const reports = makePolicyReports(sampleReport(), OPTIONS)
    const shown = reports.map(({ kind, metadata, summary, results }) => ({
      kind,
      metadata,
      summary,
      results: (results as readonly Record<string, unknown>[]).map(
        ({ result, rule, scored, resources }) => [result, rule, scored, resources],
      ),
    }))
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
    expect(shown).toEqual([
      {
        kind: 'ClusterReport',
        metadata: { name: 'portcullis', labels: {} },
        summary: { pass: 1, fail: 0, warn: 1, error: 1, skip: 0 },
        results: [
          ['warn', 'limits', false, [{ apiVersion: 'v1', kind: 'Pod', name: '' }]],
          ['error', 'limits', true, [{ apiVersion: 'v1', kind: 'Pod', name: '' }]],
        ],
      },
      {
        kind: 'Report',
        metadata: { name: 'portcullis', namespace: 'shop', labels: {} },
        summary: { pass: 0, fail: 1, warn: 2, error: 0, skip: 1 },
        results: [
          ['skip', 'no-host-network', false, [deployment]],
          ['fail', 'no-host-network', true, [deployment]],
          ['warn', 'limits', false, [deployment]],
          ['warn', 'no-host-network', false, [deployment]],
        ],
      },
    ])
  })

  test('are several where one would be more than etcd takes, and lose nothing', () => {
    const many = Array.from({ length: 4_000 }, (_, i) =>
      finding(undefined, `container ${i}: ${'é'.repeat(200)}`),
    )
    const report = reportOf([judged(only('pod.yaml', POD), many)])
    const reports = makePolicyReports(report, OPTIONS)
    expect(reports.map(({ metadata }) => (metadata as { name: string }).name)).toEqual([
      'portcullis',
      'portcullis-2',
      'portcullis-3',
    ])
    for (const each of reports) {
      expect(Buffer.byteLength(JSON.stringify(each))).toBeLessThan(1_048_576)
    }
    const results = reports.flatMap((each) => each['results'] as readonly { message: string }[])
    expect(new Set(results.map(({ message }) => message)).size).toBe(4_000)
  })
})
