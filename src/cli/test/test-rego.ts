// The Rego unit tests of a folder, by OPA's own runner.
import type { JsonObject } from '../../bundle/bundle.ts'
import type { Compiler } from '../../compiler/compiler.ts'
import type { FileCoverage, TestResult as RegoResult } from '../../compiler/test-run.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { SourceFile } from '../../source/source-file.ts'
import type { Complaint, Note, TestResult } from './test-result.ts'

export interface RegoRun {
  readonly results: readonly TestResult[]
  /** Of files that are no tests; only where it was asked for. */
  readonly coverage?: readonly FileCoverage[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface RegoRunOptions {
  readonly data: JsonObject
  readonly coverage: boolean
  /** A regular expression that `data.package.name` must match. */
  readonly filter?: string
}

export function runRegoTests(
  sources: readonly SourceFile[],
  compiler: Compiler,
  options: RegoRunOptions,
): RegoRun {
  const { results, coverage, diagnostics } = compiler.test(sources, options)
  return {
    results: results.map(toResult),
    ...(coverage === undefined
      ? {}
      : { coverage: coverage.filter(({ file }) => !file.path.endsWith('_test.rego')) }),
    diagnostics,
  }
}

function toResult(test: RegoResult): TestResult {
  const { outcome, location, durationMs, output } = test
  return {
    kind: 'rego',
    suite: `data.${test.package}`,
    name: test.name,
    outcome,
    durationMs,
    ...(location === undefined ? {} : { at: location }),
    complaints: outcome === 'fail' || outcome === 'error' ? [complaintOf(test)] : [],
    ...(output === undefined ? {} : { output }),
  }
}

function complaintOf(test: RegoResult): Complaint {
  const { outcome, failedAt, location, message, values = [], failedCases = [] } = test
  const at = failedAt ?? location
  const notes: readonly Note[] = [
    ...values.map(({ text, value }): Note => ({ mark: '=', text: `${text}: ${value}` })),
    ...(failedCases.length === 0
      ? []
      : [{ mark: '=', text: `failed cases: ${failedCases.join(', ')}` } as const]),
  ]
  return {
    message:
      outcome === 'error'
        ? (message ?? 'it could not be evaluated')
        : 'this expression is never true',
    ...(at === undefined ? {} : { at }),
    notes,
  }
}
