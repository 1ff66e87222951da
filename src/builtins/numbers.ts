import type { Builtin } from './builtin.ts'
import { asInteger } from './operands.ts'
import { regoArray, regoNumber, type RegoValue } from './rego-value.ts'

/** Fuel for one number made. */
const ITEM_COST = 64

/** `numbers.range_step(a, b, step)`: from a to b, both ways, by a positive step. */
export const numbersRangeStep: Builtin = (args, context) => {
  const [from, to, step] = args.map(asInteger)
  if (from === undefined || to === undefined || step === undefined || step <= 0n) return undefined
  const numbers: RegoValue[] = []
  const add = (number: bigint): void => {
    context.charge(ITEM_COST)
    numbers.push(regoNumber(number))
  }
  if (from <= to) for (let number = from; number <= to; number += step) add(number)
  else for (let number = from; number >= to; number -= step) add(number)
  return regoArray(numbers)
}
