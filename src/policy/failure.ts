// What went wrong inside the module, told without a word of what it was judging.
import type { EvaluationErrorCode } from './outcome.ts'

/** The module gave up by itself. `text` is what it said, unchecked. */
export class ModuleAbort extends Error {
  override readonly name = 'ModuleAbort'
  readonly text: string

  constructor(text: string) {
    super('the module aborted')
    this.text = text
  }
}

/** A built-in function had no fuel left for its work. */
export class FuelExhausted extends Error {
  override readonly name = 'FuelExhausted'
}

/** A built-in function threw: a fault of ours, or an operand it cannot read. */
export class BuiltinFailure extends Error {
  override readonly name = 'BuiltinFailure'
  readonly builtin: string

  constructor(builtin: string, options?: ErrorOptions) {
    super(`built-in function ${builtin} failed`, options)
    this.builtin = builtin
  }
}

/** The module refused the text it was to parse. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput'
}

export interface Failure {
  readonly code: EvaluationErrorCode
  /** Reads on after "policy `x` …". */
  readonly text: string
}

const OUT_OF_MEMORY = 'opa_malloc: failed'

// Written by OPA's compiler with the place in the Rego: `policy.rego:3:1: var assignment conflict`.
const PLACED_ABORT =
  /^[^\s:\p{Cc}]{1,256}:[0-9]{1,9}:[0-9]{1,9}: (?:var assignment conflict|object insert conflict)$/u

// Fixed texts of OPA's runtime. An abort may as well carry text that Rego made of the object, so whatever is neither one
// of these nor placed is not repeated.
const KNOWN_ABORTS = new Set([
  'eval failed',
  'internal: illegal entrypoint id',
  'illegal string escape character',
  'illegal unescaped character',
  'illegal utf-8',
  'illegal value',
  'invalid reserved argument',
  'string: invalid unicode',
  'opa_number_to_bf: overflow',
  'opa_number_to_bf: invalid number',
  'opa_arith_plus: invalid number',
  'opa_arith_minus: invalid number',
  'opa_arith_multiply: invalid number',
  'opa_arith_divide: invalid number',
  'opa_arith_round: invalid number',
  'opa_value_compare_number',
  'strings: truncate failed',
  'strings: get uint failed',
  'pure virtual',
])

/** Says what a thrown value means; `fuelLeft` is below zero only when the budget stopped the module. */
export function describeFailure(thrown: unknown, fuelLeft: number): Failure {
  if (fuelLeft < 0 || thrown instanceof FuelExhausted) {
    return { code: 'budget-exceeded', text: 'used up its budget' }
  }
  if (thrown instanceof ModuleAbort) return describeAbort(thrown.text)
  if (thrown instanceof UnreadableInput) {
    return { code: 'unreadable-review', text: 'cannot read the review as JSON' }
  }
  if (thrown instanceof BuiltinFailure) {
    return { code: 'evaluation-failed', text: `failed in the built-in function ${thrown.builtin}` }
  }
  // V8 reports a full stack, the module's frames included, as a RangeError.
  if (thrown instanceof RangeError) {
    return { code: 'evaluation-failed', text: 'failed: it recursed too deeply' }
  }
  if (thrown instanceof WebAssembly.RuntimeError) {
    // The engine's own words for a trap: "unreachable", "memory access out of bounds".
    return { code: 'evaluation-failed', text: `failed: the module trapped (${thrown.message})` }
  }
  return { code: 'evaluation-failed', text: 'failed: the module does not keep to its ABI' }
}

function describeAbort(text: string): Failure {
  if (text === OUT_OF_MEMORY) return { code: 'memory-exceeded', text: 'went past its memory' }
  return {
    code: 'evaluation-failed',
    text:
      PLACED_ABORT.test(text) || KNOWN_ABORTS.has(text)
        ? `failed: ${text}`
        : 'failed: the module aborted',
  }
}
