import { isList, isMap, isNumber, type Tree } from '../tree.ts'
import { sameNumber } from './decimal.ts'

/** Whether both mean the same: the order of a map's keys says nothing, and `1`, `1.0` and `1e0` are one number. */
export function sameTree(a: Tree | undefined, b: Tree | undefined): boolean {
  if (isMap(a)) {
    if (!isMap(b) || a.members.length !== b.members.length) return false
    const others = new Map(b.members)
    return a.members.every(([key, value]) => others.has(key) && sameTree(value, others.get(key)))
  }
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((item, i) => sameTree(item, b[i]))
  }
  return isNumber(a) ? isNumber(b) && sameNumber(a.text, b.text) : a === b
}
