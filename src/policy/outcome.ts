// What became of one binding for one review.
import type { Binding, Exception, JsonObject } from '../bundle/bundle.ts'

/** One fault that a policy found in an object. */
export interface Violation {
  readonly message: string
  /** Keys from the object's root, `["spec", "containers", 0, "image"]`; absent where the policy gives none. */
  readonly path?: readonly (string | number)[]
  readonly details?: JsonObject
}

export type EvaluationErrorCode =
  /** The module trapped, aborted, or called a built-in that failed. */
  | 'evaluation-failed'
  /** The binding's fuel was used up. */
  | 'budget-exceeded'
  /** The module went past its memory. */
  | 'memory-exceeded'
  /** Reading the review alone took all the fuel, or all the memory. */
  | 'review-too-large'
  /** The bindings before this one left no fuel for it. */
  | 'review-budget-exceeded'
  /** The result is not a set of violations: undefined, a wrong type, a missing `msg`. */
  | 'invalid-result'
  /** A selector needs a Namespace that is not known. */
  | 'unknown-namespace'
  /** The review has no object to judge. */
  | 'no-object'
  /** The review's JSON is refused by the module. */
  | 'unreadable-review'
  /** There was no time left to evaluate the binding. */
  | 'deadline-exceeded'
  /** The binding failed again and again, and is left alone for a while. */
  | 'circuit-open'

/** Data, not an exception: the binding's failurePolicy decides what it means. Holds no object content. */
export interface EvaluationError {
  readonly code: EvaluationErrorCode
  readonly message: string
}

export type SkipReason =
  | 'resource'
  | 'operation'
  | 'namespace'
  | 'namespace-selector'
  | 'object-selector'
  | 'user'
  | 'excluded'

export type Outcome =
  | { readonly kind: 'skipped'; readonly binding: Binding; readonly reason: SkipReason }
  | {
      readonly kind: 'evaluated'
      readonly binding: Binding
      /** In a stable order: by path, then message. */
      readonly violations: readonly Violation[]
      /** Loop heads and function entries passed; the same on every machine. */
      readonly fuelUsed: number
      /** Lets the violations pass; only where there are some. */
      readonly exception?: Exception
    }
  | {
      readonly kind: 'failed'
      readonly binding: Binding
      readonly error: EvaluationError
      readonly fuelUsed: number
    }
