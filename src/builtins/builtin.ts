import type { Account, Charge } from './regex-program.ts'
import type { RegoValue } from './rego-value.ts'

export interface BuiltinContext {
  /**
   * Takes fuel for work about to be done, one unit a byte handled or made. Throws when the budget is
   * used up; a built-in lets that pass through.
   */
  readonly charge: Charge
  /** The time of the evaluation, in nanoseconds since 1970: one evaluation sees one time. */
  readonly nowNs: bigint
  /** The evaluation's. */
  readonly regexes: Account
}

/**
 * A built-in function. Undefined is the call's result when an operand has the wrong type or a value
 * that the function refuses, as in OPA when it is not strict.
 */
export type Builtin = (args: readonly RegoValue[], context: BuiltinContext) => RegoValue | undefined
