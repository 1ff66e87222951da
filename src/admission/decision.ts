// The sum of all outcomes for one request.
import type { Binding, Exception, ValidationAction } from '../bundle/bundle.ts'
import type { EvaluationError, Violation } from '../policy/outcome.ts'

/** A violation, or an evaluation error under failurePolicy Fail, with what it leads to. */
export interface Finding {
  readonly binding: Binding
  readonly action: ValidationAction
  readonly violation: Violation
}

/** A violation that an exception lets pass. */
export interface Excepted {
  readonly binding: Binding
  readonly exception: Exception
  readonly violation: Violation
}

export interface Failure {
  readonly binding: Binding
  readonly error: EvaluationError
  /** True where failurePolicy is Fail and Deny is among the actions. */
  readonly denies: boolean
}

export interface Decision {
  readonly allowed: boolean
  /** One entry a violation and action; Deny first, then in the bundle's order of bindings. */
  readonly findings: readonly Finding[]
  readonly excepted: readonly Excepted[]
  readonly failures: readonly Failure[]
  /** How many bindings were evaluated, and how many did not match. */
  readonly evaluated: number
  readonly skipped: number
}
