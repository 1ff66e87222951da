import { describe, expect, it, test } from 'vitest'
import { renderSarif } from '../../src/report/sarif.ts'
import { testBinding, testPolicy } from '../support/binding.ts'
import { sarifAssert } from '../support/report-schemas.ts'
import {
  BUNDLE,
  finding,
  hostileReport,
  judged,
  only,
  POD,
  reportOf,
  sampleReport,
  WEB,
} from './sample.ts'

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly Record<string, unknown>[] } }
      readonly invocations: readonly [
        {
          readonly executionSuccessful: boolean
          readonly toolExecutionNotifications: readonly Record<string, unknown>[]
        },
      ]
      readonly results: readonly Result[]
    },
  ]
}

interface Result {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly [{ readonly physicalLocation: PhysicalLocation }]
  readonly partialFingerprints: Readonly<Record<string, string>>
  readonly suppressions: readonly unknown[]
}

interface PhysicalLocation {
  readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string }
  readonly region: Readonly<Record<string, number>>
}

function runOf(report: Parameters<typeof renderSarif>[0]): Log['runs'][0] {
  return (JSON.parse(renderSarif(report)) as Log).runs[0]
}

const assertSarif = sarifAssert('SARIF against the schema of OASIS')

describe.skipIf(assertSarif === undefined)('fits the schema of OASIS', () => {
  const { report: hostile } = hostileReport()
  it.each([
    ['a run with everything', sampleReport()],
    ['a run without a finding', reportOf([judged(only('a.yaml', POD), [])])],
    ['a run without a bundle', { ...reportOf([]), bundle: null }],
    ['hostile texts', hostile],
  ])('%s', (_name, report) => {
    expect(() => assertSarif?.(renderSarif(report))).not.toThrow()
  })

  it('which refuses what is none', () => {
    const text = renderSarif(sampleReport())
    expect(() => assertSarif?.(text.replaceAll('"startLine"', '"line"'))).toThrow(
      'additional properties',
    )
    expect(() => assertSarif?.(text.replace('"warning"', '"bad"'))).toThrow('allowed values')
  })
})

test('a rule tells all that a policy says of itself', () => {
  expect(runOf(sampleReport()).tool.driver.rules[1]).toEqual({
    id: 'container-limits',
    name: 'ContainerLimits',
    shortDescription: { text: 'Container limits' },
    fullDescription: {
      text: 'A container without limits can take `everything`.\n\nEach needs them.',
    },
    help: {
      text: `A container without limits can take \`everything\`.

Each needs them.

How to mend it: Set resources.limits.

Managing resources: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/`,
      markdown: `A container without limits can take <code>everything</code>.

Each needs them.

**How to mend it:** Set resources.limits.

[Managing resources](<https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>)`,
    },
    helpUri: 'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/',
    defaultConfiguration: { level: 'warning' },
    properties: { 'security-severity': '5.5', tags: ['kubernetes', 'security'] },
  })
})

test('GitHub shows a policy’s severity as the policy has it', () => {
  const severities = ['critical', 'high', 'medium', 'low'] as const
  const policies = severities.map((severity) => testPolicy({ name: severity, severity }))
  const { rules } = runOf(reportOf([], { bundle: { ...BUNDLE, policies } })).tool.driver
  const scores = rules.map(({ properties }) =>
    Number((properties as Record<string, unknown>)['security-severity']),
  )
  // critical > 9.0 >= high >= 7.0 > medium >= 4.0 > low
  expect(scores).toEqual([9.5, 8, 5.5, 3])
})

describe('results', () => {
  it('come worst first, each with its rule and its region', () => {
    const { results, tool } = runOf(sampleReport())
    expect(results.map(({ level, ruleId, message }) => [level, ruleId, message.text])).toEqual([
      ['error', 'host-network', 'hostNetwork is true'],
      ['warning', 'container-limits', 'no owner'],
      ['warning', 'container-limits', 'container `web` has no cpu limit'],
      ['note', 'host-network', 'command is a script'],
      ['error', 'host-network', 'is named web'],
    ])
    for (const { ruleId, ruleIndex, locations } of results) {
      expect(tool.driver.rules[ruleIndex]?.['id']).toBe(ruleId)
      expect(Object.keys(locations[0].physicalLocation.region)).toEqual([
        'startLine',
        'startColumn',
        'endLine',
        'endColumn',
      ])
    }
    expect(results[0]?.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'deploy/web.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 12, startColumn: 24, endLine: 12, endColumn: 28 },
    })
  })

  it('say of each whether it is suppressed, and by whom', () => {
    const { results } = runOf(sampleReport())
    expect(results.map(({ suppressions }) => suppressions.length)).toEqual([0, 0, 0, 0, 1])
    expect(results.at(-1)?.suppressions).toEqual([
      {
        kind: 'external',
        status: 'accepted',
        justification: 'goes with the rewrite (exception legacy-web, team-web, until 2026-12-31)',
      },
    ])
  })

  it('keep their fingerprints where lines move, and have different ones', () => {
    const prints = (text: string): readonly string[] => {
      const all = [finding(['spec'], 'x'), finding(undefined, 'x'), finding(['spec'], 'y', 'Warn')]
      // Two bindings of one policy that find the same.
      const twin = finding(['spec'], 'x', 'Deny', testBinding({ name: 'twin' }))
      const { results } = runOf(reportOf([judged(only('a.yaml', text), [...all, twin])]))
      return results.map((each) => each.partialFingerprints['portcullisViolation/v1'] ?? '')
    }
    expect(prints(`# one\n# two\n${POD}`)).toEqual(prints(POD))
    expect(new Set(prints(POD)).size).toBe(4)
  })

  it('are one a violation, however many actions it leads to', () => {
    const all = [finding(['spec'], 'x', 'Warn'), finding(['spec'], 'x', 'Audit')]
    const { results } = runOf(reportOf([judged(only('a.yaml', POD), all)]))
    expect(results.map(({ level }) => level)).toEqual(['warning'])
  })

  it('are trimmed to what GitHub keeps, the mildest first, and a notification says so', () => {
    const all = Array.from({ length: 5_100 }, (_, index) =>
      finding(['spec'], `n${'x'.repeat(index % 7)} ${index}`, index < 5_050 ? 'Warn' : 'Deny'),
    )
    const { results, invocations } = runOf(reportOf([judged(only('a.yaml', POD), all)]))
    expect(results).toHaveLength(5_000)
    expect(results.filter(({ level }) => level === 'error')).toHaveLength(50)
    expect(invocations[0]).toMatchObject({
      executionSuccessful: true,
      toolExecutionNotifications: [
        {
          level: 'warning',
          message: { text: '5100 violations were found; these are the worst 5000' },
        },
      ],
    })
  })

  it('make no link of what an object says', () => {
    const all = [finding(['spec'], 'see [here](http://evil.example)')]
    const { results } = runOf(reportOf([judged(only('a.yaml', POD), all)]))
    expect(results[0]?.message.text).toBe('see [here] (http://evil.example)')
  })
})

test('errors are notifications, and the run is no success', () => {
  const [invocation] = runOf(sampleReport()).invocations
  expect(invocation.executionSuccessful).toBe(false)
  expect(invocation.toolExecutionNotifications).toMatchObject([
    { descriptor: { id: 'bundle/unreadable' }, level: 'error' },
    { descriptor: { id: 'yaml/syntax' }, locations: [{}] },
    { descriptor: { id: 'evaluation/budget-exceeded' } },
  ])
  expect(invocation.toolExecutionNotifications[0]).not.toHaveProperty('locations')
})

test('a file’s name becomes a URI', () => {
  const uri = (file: string): unknown => {
    const [result] = runOf(reportOf([judged(only(file, WEB), [finding([], 'x')])])).results
    return result?.locations[0].physicalLocation.artifactLocation
  }
  expect(uri('a b/ü#?.yaml')).toEqual({ uri: 'a%20b/%C3%BC%23%3F.yaml', uriBaseId: '%SRCROOT%' })
  expect(uri('/etc/a b.yaml')).toEqual({ uri: 'file:///etc/a%20b.yaml' })
  expect(uri('<stdin>')).toEqual({ uri: '%3Cstdin%3E', uriBaseId: '%SRCROOT%' })
})
