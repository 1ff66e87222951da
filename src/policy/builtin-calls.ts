// How a module's calls for built-in functions reach ours. Values cross as the text of `opa_value_dump`, which keeps sets
// sets and numbers exact; the SDK's own bridge goes through JSON, and prefers its own functions to the host's.
import { BUILTINS } from '../builtins/builtins.ts'
import type { Builtin, BuiltinContext } from '../builtins/builtin.ts'
import { formatRegoValue, parseRegoValue } from '../builtins/rego-value.ts'
import type { HandedOver } from '../wasm/meter.ts'
import type { Address, PolicyExports } from './abi.ts'
import { BuiltinFailure, FuelExhausted } from './failure.ts'
import { encodeText, readText, writeBytes } from './memory-text.ts'

export interface BuiltinCaller {
  readonly memory: WebAssembly.Memory
  readonly exports: PolicyExports
  readonly context: BuiltinContext
  /** Where the module has `true` and `false`. */
  readonly booleans: Booleans
  /** The functions that the module asked for, under its own numbers. */
  readonly builtins: ReadonlyMap<number, NamedBuiltin>
}

export interface Booleans {
  readonly true: Address
  readonly false: Address
}

export interface NamedBuiltin {
  readonly name: string
  readonly call: Builtin
}

// OPA's modules bring RE2, whose patterns are compiled anew for each binding of a review, as nothing may stay in the memory between
// two. Ours are compiled once, and answer as OPA's interpreter does.
const INSTEAD = [
  { name: 'opa_regex_is_valid', parameters: 1, id: -1, builtin: 'regex.is_valid' },
  { name: 'opa_regex_match', parameters: 2, id: -2, builtin: 'regex.match' },
  {
    name: 'opa_regex_find_all_string_submatch',
    parameters: 3,
    id: -3,
    builtin: 'regex.find_all_string_submatch_n',
  },
] as const

/** Functions of a module that built-ins of ours answer in their place, under numbers that no module gives. */
export const HANDED_OVER: readonly HandedOver[] = INSTEAD.map(({ name, parameters, id }) => {
  return { name, parameters, by: `opa_builtin${parameters}`, id }
})

/** Returns those of a module's built-ins that there are, by number, and the names of those that are missing. */
export function resolveBuiltins(required: ReadonlyMap<string, number>): {
  readonly builtins: ReadonlyMap<number, NamedBuiltin>
  readonly missing: readonly string[]
} {
  const builtins = new Map<number, NamedBuiltin>()
  const missing: string[] = []
  const instead = INSTEAD.map(({ builtin, id }) => [builtin, id] as const)
  for (const [name, id] of [...required, ...instead]) {
    const call = BUILTINS.get(name)
    if (call === undefined) missing.push(name)
    else builtins.set(id, { name, call })
  }
  return { builtins, missing }
}

/** Answers one call. 0 is "undefined" to the module. @throws FuelExhausted, BuiltinFailure */
export function callBuiltin(
  caller: BuiltinCaller,
  id: number,
  operands: readonly Address[],
): Address {
  const builtin = caller.builtins.get(id)
  if (builtin === undefined) throw new BuiltinFailure(`number ${id}`)
  const { memory, exports, context, booleans } = caller
  const texts = operands.map((each) => readText(memory, exports.opa_value_dump(each)))
  let text: string
  try {
    const result = builtin.call(texts.map(parseRegoValue), context)
    if (result === undefined) return 0
    // Most answer so.
    if (result === true) return booleans.true
    if (result === false) return booleans.false
    text = formatRegoValue(result)
  } catch (error) {
    if (error instanceof FuelExhausted) throw error
    throw new BuiltinFailure(builtin.name, { cause: error })
  }
  const value = parseValue(caller, text)
  if (value === 0) throw new BuiltinFailure(builtin.name)
  return value
}

/** Makes a value of its text as `opa_value_dump` writes it; 0 where the module cannot read it. */
export function parseValue(
  { memory, exports }: Pick<BuiltinCaller, 'memory' | 'exports'>,
  text: string,
): Address {
  const bytes = encodeText(text)
  const address = exports.opa_malloc(bytes.length)
  writeBytes(memory, address, bytes)
  return exports.opa_value_parse(address, bytes.length)
}
