// Suites, from their files to results.
import { labelAt, labelAtKey } from '../../bundle/place.ts'
import type { Label } from '../../diagnostic/diagnostic.ts'
import type { Outcome } from '../../policy/outcome.ts'
import { SKIP_REASONS } from '../../report/skip-reason.ts'
import { counted } from '../counted.ts'
import { actualOf, type Actual, compare, type Difference } from './test-expectation.ts'
import type { Judgement } from './test-judge.ts'
import { disagreementComplaint, failureComplaint, violationText } from './test-complaints.ts'
import type { Complaint, Note, TestResult } from './test-result.ts'
import type { ExpectedViolation, SuiteCase } from './test-suite.ts'

export interface CaseResult {
  readonly result: TestResult
  /** Set where the case was judged, and something else came of it than is written. */
  readonly differing?: Actual
}

export function caseResult(given: SuiteCase, judgement: Judgement): CaseResult {
  const { place } = given
  const { outcomes, disagreements, durationMs } = judgement
  const at = labelAt(place, ['name'])
  const errors = [
    ...outcomes.flatMap((each) => (each.kind === 'failed' ? [failureComplaint(each, help)] : [])),
    ...disagreements.map(disagreementComplaint),
  ]
  const base = { kind: 'suite', suite: place.file.path, name: given.name, durationMs, at } as const
  if (errors.length > 0) return { result: { ...base, outcome: 'error', complaints: errors } }
  const actual = actualOf(judgement)
  const complaint = complain(given, actual, outcomes)
  return complaint === undefined
    ? { result: { ...base, outcome: 'pass', complaints: [] } }
    : { result: { ...base, outcome: 'fail', complaints: [complaint] }, differing: actual }
}

function help(code: string): string | undefined {
  return code === 'unknown-namespace' ? 'say them with `namespaceLabels`' : undefined
}

function complain(
  given: SuiteCase,
  actual: Actual,
  outcomes: readonly Outcome[],
): Complaint | undefined {
  const { place } = given
  const found = actual.violations.map((each): Note => ({ mark: '+', text: violationText(each) }))
  if (given.expect === undefined) {
    return {
      message: `expects nothing, and is ${actual.verdict}`,
      at: labelAt(place, ['name']),
      notes: [...found, { mark: '=', text: 'help: `--update` writes down what comes of it' }],
    }
  }
  const difference = compare(given.expect, actual)
  if (difference === undefined) return undefined
  return {
    message: describe(difference),
    at: labelOf(given, difference),
    notes: [
      ...difference.missing.map((each): Note => ({ mark: '-', text: expectedText(each) })),
      ...difference.surplus.map((each): Note => ({ mark: '+', text: violationText(each) })),
      ...(difference.verdict?.found === 'denied' && difference.surplus.length === 0 ? found : []),
      ...(difference.verdict?.found === 'skipped' ? skips(outcomes) : []),
    ],
  }
}

function describe({ verdict, count, missing, surplus }: Difference): string {
  const parts = [
    ...(verdict === undefined ? [] : [`is ${verdict.found}, expected ${verdict.expected}`]),
    ...(count === undefined
      ? []
      : [`has ${counted(count.found, 'violation')}, expected ${count.expected}`]),
    ...(missing.length === 0
      ? []
      : [`lacks ${counted(missing.length, 'violation')} that are expected`]),
    ...(surplus.length === 0 || count !== undefined
      ? []
      : [`has ${counted(surplus.length, 'violation')} that are not expected`]),
  ]
  return parts.join(', ').replaceAll('1 violation that are', '1 violation that is')
}

function labelOf({ place, expect }: SuiteCase, difference: Difference): Label {
  const key =
    difference.verdict !== undefined && expect?.verdict !== undefined ? 'verdict' : 'violations'
  return expect?.[key] === undefined
    ? labelAtKey(place, [], 'expect')
    : labelAt(place, ['expect', key])
}

function expectedText(expected: ExpectedViolation): string {
  return Object.entries(expected)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')
}

function skips(outcomes: readonly Outcome[]): readonly Note[] {
  return outcomes.flatMap((each): Note[] =>
    each.kind === 'skipped'
      ? [{ mark: '=', text: `${each.binding.name}: ${SKIP_REASONS[each.reason]}` }]
      : [],
  )
}
