import type { BuiltinContext } from '../../src/builtins/builtin.ts'
import { RegexAccount } from '../../src/builtins/regex-cache.ts'
import { BUILTINS } from '../../src/builtins/builtins.ts'
import { parseRegoValue } from '../../src/builtins/rego-value.ts'
import { toGoText } from '../../src/builtins/go-quote.ts'

export class OutOfFuel extends Error {}

/** A context with fuel for `fuel` units, at a fixed time. */
export function contextWith(fuel = 1_000_000_000): BuiltinContext {
  let left = fuel
  const charge = (units: number): void => {
    left -= units
    if (left < 0) throw new OutOfFuel()
  }
  return { nowNs: 1_700_000_000_123_456_789n, charge, regexes: new RegexAccount(charge) }
}

/** The result of the built-in as OPA would print it, or undefined; arguments are Rego text. */
export function call(name: string, args: readonly string[], fuel?: number): string | undefined {
  const result = BUILTINS.get(name)!(args.map(parseRegoValue), contextWith(fuel))
  return result === undefined ? undefined : toGoText(result)
}
