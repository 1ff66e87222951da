import type { Label } from '../../diagnostic/diagnostic.ts'

export const TEST_KINDS = ['rego', 'sample', 'suite'] as const
export type TestKind = (typeof TEST_KINDS)[number]

/** `error`: nothing can be said of it; `skip`: a Rego test whose name begins with `todo_`. */
export type TestOutcome = 'pass' | 'fail' | 'skip' | 'error'

export interface TestResult {
  readonly kind: TestKind
  /** Where it belongs: a package, a folder of samples, the file of a suite. */
  readonly suite: string
  /** In its suite. */
  readonly name: string
  readonly outcome: TestOutcome
  readonly durationMs: number
  readonly at?: Label
  /** What is wrong with it. */
  readonly complaints: readonly Complaint[]
  /** What `print` wrote. */
  readonly output?: string
}

export interface Complaint {
  /** One clause. */
  readonly message: string
  readonly at?: Label
  readonly notes: readonly Note[]
}

/** `=` says what something is; `-` is expected and not there, `+` is there and not expected. */
export interface Note {
  readonly mark: '=' | '-' | '+'
  readonly text: string
}

/** The name by which `--run` finds a test, and reports tell it. */
export function fullName({
  kind,
  suite,
  name,
}: Pick<TestResult, 'kind' | 'suite' | 'name'>): string {
  switch (kind) {
    case 'rego':
      return `${suite}.${name}`
    case 'sample':
      return `${suite}/${name}`
    case 'suite':
      return `${suite}: ${name}`
  }
}
