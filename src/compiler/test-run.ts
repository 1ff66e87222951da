import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import {
  type Header,
  type LineRange,
  type Location,
  type NamedValue,
  toDiagnostics,
  toLocation,
} from './answer.ts'

export interface TestRun {
  /** By place in the sources. */
  readonly results: readonly TestResult[]
  /** Files by path; only where it was asked for. */
  readonly coverage?: readonly FileCoverage[]
  /** Faults of the Rego, for which no test ran. */
  readonly diagnostics: readonly Diagnostic[]
}

export interface TestResult {
  /** `policy.name_test` */
  readonly package: string
  readonly name: string
  /** `skip`: its name begins with `todo_`; `error`: it could not be evaluated, or not in time. */
  readonly outcome: 'pass' | 'fail' | 'skip' | 'error'
  readonly durationMs: number
  readonly location?: Location
  /** The expression past which no way of evaluating the test led. */
  readonly failedAt?: Location
  /** What the parts of that expression stood for. */
  readonly values?: readonly NamedValue[]
  /** What went wrong, for `error`. */
  readonly message?: string
  /** What `print` wrote. */
  readonly output?: string
  /** Failed cases of a test that has several (`test_x[name]`). */
  readonly failedCases?: readonly string[]
}

/** Lines that rules and expressions stand on; others are in neither list. */
export interface FileCoverage {
  readonly file: SourceFile
  readonly covered: readonly LineRange[]
  readonly notCovered: readonly LineRange[]
}

export function toTestRun(header: Header, sources: readonly SourceFile[]): TestRun {
  const results = (header.tests ?? []).map((test): TestResult => {
    const location = toLocation(test.place, sources)
    const failedAt = toLocation(test.failure, sources)
    return {
      package: test.package,
      name: test.name,
      outcome: test.outcome,
      durationMs: test.durationUs / 1_000,
      ...(location === undefined ? {} : { location }),
      ...(failedAt === undefined ? {} : { failedAt }),
      ...(test.values === undefined ? {} : { values: test.values }),
      ...(test.message === undefined ? {} : { message: test.message }),
      ...(test.output === undefined ? {} : { output: test.output }),
      ...(test.cases === undefined ? {} : { failedCases: test.cases }),
    }
  })
  const coverage = header.coverage?.flatMap(({ file: index, covered, notCovered }) => {
    const file = sources[index]
    return file === undefined ? [] : [{ file, covered, notCovered }]
  })
  return {
    results,
    ...(coverage === undefined ? {} : { coverage }),
    diagnostics: toDiagnostics(header.faults, sources),
  }
}
