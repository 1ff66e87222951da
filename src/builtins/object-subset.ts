// `object.subset`, with OPA's answers for every pair of collections that it takes.

import type { Builtin } from './builtin.ts'
import { asArray, asObject, asSet } from './operands.ts'
import {
  compareValues,
  hasMember,
  lookUp,
  sizeOf,
  type RegoObject,
  type RegoSet,
  type RegoValue,
} from './rego-value.ts'

type Charge = (units: number) => void

/** Comparisons that find a key. */
const SEARCH_STEPS = 20

/** `object.subset(super, sub)`: both objects, sets or arrays, or an array and a set. */
export const objectSubset: Builtin = ([whole = null, part = null], context) => {
  const charge: Charge = (units) => context.charge(units)
  const isSubset = subset(whole, part, charge)
  if (isSubset !== undefined) return isSubset
  const array = asArray(whole)
  const set = asSet(part)
  return array && set ? holdsAll(array.items, set, charge) : undefined
}

function subset(whole: RegoValue, part: RegoValue, charge: Charge): boolean | undefined {
  const [wholeObject, partObject] = [asObject(whole), asObject(part)]
  if (wholeObject && partObject) return isObjectSubset(wholeObject, partObject, charge)
  const [wholeSet, partSet] = [asSet(whole), asSet(part)]
  if (wholeSet && partSet) return partSet.items.every((item) => has(wholeSet, item, charge))
  const [wholeArray, partArray] = [asArray(whole), asArray(part)]
  if (wholeArray && partArray) return isInside(wholeArray.items, partArray.items, charge)
  return undefined
}

function isObjectSubset(whole: RegoObject, part: RegoObject, charge: Charge): boolean {
  return part.entries.every(([key, value]) => {
    const other = lookUp(whole, key)
    charge(sizeOf(key) * SEARCH_STEPS + sizeOf(value))
    if (other === undefined) return false
    return compareValues(value, other) === 0 || (subset(other, value, charge) ?? false)
  })
}

function has(set: RegoSet, item: RegoValue, charge: Charge): boolean {
  charge(SEARCH_STEPS * sizeOf(item))
  return hasMember(set, item)
}

/** `part` stands in `whole` as one run. */
function isInside(
  whole: readonly RegoValue[],
  part: readonly RegoValue[],
  charge: Charge,
): boolean {
  const sizes = part.map(sizeOf)
  for (let start = 0; start + part.length <= whole.length; start++) {
    const differs = part.findIndex((item, index) => {
      charge(sizes[index]!)
      return compareValues(item, whole[start + index]!) !== 0
    })
    if (differs < 0) return true
  }
  return false
}

/** OPA counts members of the array, so that one that occurs twice counts twice. */
function holdsAll(array: readonly RegoValue[], set: RegoSet, charge: Charge): boolean {
  let missing = set.items.length
  return array.some((item) => {
    if (has(set, item, charge)) missing--
    return missing === 0
  })
}
