import { describe, expect, it, test } from 'vitest'
import {
  renderCoverageJson,
  renderCoverageText,
  renderLcov,
  sumUpCoverage,
} from '../../src/cli/test/test-coverage.ts'
import { renderTestJunit } from '../../src/cli/test/test-junit.ts'
import { makeTestReport } from '../../src/cli/test/test-report.ts'
import type { TestResult } from '../../src/cli/test/test-result.ts'
import { renderTestText } from '../../src/cli/test/test-text.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { junitAssert, parseXml } from '../support/report-schemas.ts'

const EVIL = '<![CDATA[ ]]> & "quoted" \u001b[31m \u0000 \ud800 <script>'
const file = createSourceFile('p/demo/policy_test.rego', 'package demo_test\n\ntest_a if false\n')
const at = { file, span: { start: 29, end: 34 } }

const RESULTS: readonly TestResult[] = [
  {
    kind: 'rego',
    suite: 'data.demo_test',
    name: 'test_a',
    outcome: 'fail',
    durationMs: 1.5,
    at,
    complaints: [
      {
        message: 'this expression is never true',
        at,
        notes: [{ mark: '=', text: `x: "${EVIL}"` }],
      },
    ],
    output: `printed ${EVIL}\n`,
  },
  {
    kind: 'rego',
    suite: 'data.demo_test',
    name: 'todo_test_b',
    outcome: 'skip',
    durationMs: 0,
    complaints: [],
  },
  {
    kind: 'sample',
    suite: 'demo',
    name: 'samples/allowed-a.yaml',
    outcome: 'error',
    durationMs: 2,
    complaints: [
      { message: 'out of fuel', notes: [] },
      { message: 'and more', notes: [] },
    ],
  },
  {
    kind: 'suite',
    suite: 'p/suite.yaml',
    name: EVIL,
    outcome: 'pass',
    durationMs: 2,
    complaints: [],
  },
]

describe('JUnit', () => {
  const assertJunit = junitAssert('JUnit reports of tests against Jenkins’ schema')

  it.skipIf(assertJunit === undefined)('fits Jenkins’ schema', () => {
    for (const results of [RESULTS, [], RESULTS.slice(3)]) {
      expect(() => assertJunit?.(renderTestJunit(results))).not.toThrow()
    }
    const spoilt = renderTestJunit(RESULTS).replaceAll('testcase name', 'testcase title')
    expect(() => assertJunit?.(spoilt)).toThrow()
  })

  it('has a case for each test, and sums that are theirs', () => {
    const document = parseXml(renderTestJunit(RESULTS))
    const attribute = (name: string): string | undefined =>
      document.get(`/testsuites/@${name}`)?.content
    expect(document.find('//testcase')).toHaveLength(RESULTS.length)
    expect(['tests', 'failures', 'errors'].map(attribute)).toEqual(['4', '1', '1'])
    expect(document.find('//testcase[failure]')).toHaveLength(1)
    expect(document.find('//testcase[error]')).toHaveLength(1)
    expect(document.find('//testcase[skipped]')).toHaveLength(1)
    expect(document.find('//testsuite').map((suite) => suite.get('@name')?.content)).toEqual([
      'data.demo_test',
      'demo',
      'p/suite.yaml',
    ])
  })

  it('brings hostile text as it is, without what XML cannot write', () => {
    const document = parseXml(renderTestJunit(RESULTS))
    const kept = EVIL.replaceAll(/(?![\r\n\t])\p{Cc}|\p{Cs}/gu, '')
    expect(document.get('//testcase[4]/@name | //testsuite[3]/testcase/@name')?.content).toBe(kept)
    expect(document.get('//system-out')?.content).toContain(kept)
    expect(document.find('//script')).toEqual([])
  })
})

describe('text', () => {
  const text = renderTestText(RESULTS, { color: false })

  it('shows what is wrong with its source, and sums', () => {
    expect(text).toContain('fail[rego]: data.demo_test.test_a: this expression is never true')
    expect(text).toContain('--> p/demo/policy_test.rego:3:11')
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      'rego tests: 0 passed, 1 failed, 1 skipped; samples: 0 passed, 1 error; suite cases: 1 passed',
    )
  })

  it('lets nothing through that moves a terminal’s cursor', () => {
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u)
  })
})

test('JSON counts as text does', () => {
  const { summary, results, coverage } = makeTestReport(RESULTS, undefined)
  expect(summary).toEqual({
    rego: { passed: 0, failed: 1, skipped: 1, errors: 0 },
    sample: { passed: 0, failed: 0, skipped: 0, errors: 1 },
    suite: { passed: 1, failed: 0, skipped: 0, errors: 0 },
  })
  expect(results[0]).toMatchObject({ file: 'p/demo/policy_test.rego', line: 3, column: 11 })
  expect(coverage).toBeNull()
})

describe('coverage', () => {
  const other = createSourceFile('p/lib/b.rego', 'package lib.b\n')
  const coverage = sumUpCoverage([
    {
      file,
      covered: [{ first: 2, last: 4 }],
      notCovered: [
        { first: 1, last: 1 },
        { first: 6, last: 7 },
      ],
    },
    { file: other, covered: [], notCovered: [] },
  ])

  it('is a share of the lines that count, never rounded up', () => {
    expect(coverage).toMatchObject({ percent: 50, coveredLines: 3, lines: 6 })
    const covered = [{ first: 1, last: 99_999 }]
    const notCovered = [{ first: 100_000, last: 100_000 }]
    expect(sumUpCoverage([{ file, covered, notCovered }]).percent).toBe(99.99)
    expect(JSON.parse(renderCoverageJson(coverage))).toEqual(coverage)
  })

  it('shows in text which lines are missing', () => {
    expect(renderCoverageText(coverage)).toMatchInlineSnapshot(`
      "coverage of 6 lines: 50.00 %
        p/demo/policy_test.rego   50.00 %  not: 1, 6-7
        p/lib/b.rego             100.00 %
      "
    `)
  })

  it('is a tracefile that lcov reads', () => {
    expect(renderLcov(coverage)).toMatchInlineSnapshot(`
      "TN:
      SF:p/demo/policy_test.rego
      DA:1,0
      DA:2,1
      DA:3,1
      DA:4,1
      DA:6,0
      DA:7,0
      LF:6
      LH:3
      end_of_record
      TN:
      SF:p/lib/b.rego
      LF:0
      LH:0
      end_of_record
      "
    `)
  })
})
