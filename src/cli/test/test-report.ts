// A run's results as `test -o json` prints them: the shape is an interface others build on.
import { API_VERSION } from '../../bundle/schema/definitions.ts'
import { type ReportedPlace, reportedPlace } from '../reported-place.ts'
import type { Coverage } from './test-coverage.ts'
import {
  fullName,
  TEST_KINDS,
  type TestKind,
  type TestOutcome,
  type TestResult,
} from './test-result.ts'

export type KindSummary = Readonly<Record<'passed' | 'failed' | 'skipped' | 'errors', number>>

export interface TestReport {
  readonly apiVersion: typeof API_VERSION
  readonly kind: 'TestReport'
  readonly summary: Readonly<Record<TestKind, KindSummary>>
  readonly results: readonly ReportedTest[]
  /** Null where it was not asked for. */
  readonly coverage: Coverage | null
}

interface ReportedTest extends ReportedPlace {
  readonly kind: TestKind
  readonly name: string
  readonly outcome: TestOutcome
  readonly durationMs: number
  readonly complaints: readonly ReportedComplaint[]
  readonly output: string
}

interface ReportedComplaint extends ReportedPlace {
  readonly message: string
  readonly notes: readonly string[]
}

export function makeTestReport(
  results: readonly TestResult[],
  coverage: Coverage | undefined,
): TestReport {
  return {
    apiVersion: API_VERSION,
    kind: 'TestReport',
    summary: summarize(results),
    results: results.map((each) => ({
      kind: each.kind,
      name: fullName(each),
      outcome: each.outcome,
      durationMs: Math.round(each.durationMs * 1_000) / 1_000,
      ...reportedPlace(each.at),
      complaints: each.complaints.map(({ message, at, notes }) => ({
        message,
        ...reportedPlace(at ?? each.at),
        notes: notes.map(({ mark, text }) => `${mark} ${text}`),
      })),
      output: each.output ?? '',
    })),
    coverage: coverage ?? null,
  }
}

export function summarize(results: readonly TestResult[]): TestReport['summary'] {
  const count = (kind: TestKind, outcome: TestOutcome): number =>
    results.filter((each) => each.kind === kind && each.outcome === outcome).length
  const ofKind = (kind: TestKind): KindSummary => ({
    passed: count(kind, 'pass'),
    failed: count(kind, 'fail'),
    skipped: count(kind, 'skip'),
    errors: count(kind, 'error'),
  })
  const [rego, sample, suite] = TEST_KINDS
  return { rego: ofKind(rego), sample: ofKind(sample), suite: ofKind(suite) }
}

export function renderTestJson(report: TestReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}
