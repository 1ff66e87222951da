// `json.patch` (RFC 6902) as OPA has it: paths may also be arrays, and sets have their members as keys.

import type { Builtin } from './builtin.ts'
import { asArray, asObject, asSet, asString } from './operands.ts'
import {
  compareValues,
  lookUp,
  regoArray,
  regoObject,
  regoSet,
  sizeOf,
  type RegoArray,
  type RegoObject,
  type RegoSet,
  type RegoValue,
} from './rego-value.ts'

type Charge = (units: number) => void

/** Fuel for one member of a collection that is made anew. */
const MEMBER_COST = 16
type Path = readonly RegoValue[]

/** `json.patch(target, operations)`; one operation that does not apply makes all undefined. */
export const jsonPatch: Builtin = ([target, operations], context) => {
  const list = asArray(operations)
  if (list === undefined) return undefined
  const charge: Charge = (units) => context.charge(units)
  let document = target
  for (const item of list.items) {
    const operation = asObject(item)
    const applied = operation && apply(document, operation, charge)
    if (applied === undefined) return undefined
    document = applied.document
  }
  return document
}

/** The document after the operation; its root may have been removed. */
interface Applied {
  readonly document: RegoValue | undefined
}

function apply(
  document: RegoValue | undefined,
  operation: RegoObject,
  charge: Charge,
): Applied | undefined {
  const path = parsePath(lookUp(operation, 'path'))
  if (path === undefined) return undefined
  const value = lookUp(operation, 'value')
  switch (asString(lookUp(operation, 'op')) ?? '') {
    case 'add':
      return value === undefined ? undefined : insertAt(document, path, value, charge)
    case 'remove':
      return removeAt(document, path, charge)
    case 'replace': {
      const removed = removeAt(document, path, charge)
      return removed && value !== undefined
        ? insertAt(removed.document, path, value, charge)
        : undefined
    }
    case 'move':
    case 'copy': {
      const from = parsePath(lookUp(operation, 'from'))
      const moved = from && find(document, from)
      if (from === undefined || moved === undefined) return undefined
      const isMove = lookUp(operation, 'op') === 'move'
      const rest = isMove ? removeAt(document, from, charge) : { document }
      return rest && insertAt(rest.document, path, moved, charge)
    }
    case 'test': {
      const found = find(document, path)
      if (found === undefined || value === undefined) return undefined
      charge(sizeOf(value))
      return compareValues(found, value) === 0 ? { document } : undefined
    }
    default:
      return undefined
  }
}

function parsePath(value: RegoValue | undefined): Path | undefined {
  if (typeof value !== 'string') return asArray(value)?.items
  if (value === '') return []
  const segments = value.replace(/^\/+/, '').split('/')
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function find(document: RegoValue | undefined, path: Path): RegoValue | undefined {
  let value = document
  for (const key of path) value = value === undefined ? undefined : childOf(value, key)
  return value
}

function childOf(parent: RegoValue, key: RegoValue): RegoValue | undefined {
  const object = asObject(parent)
  if (object) return lookUp(object, key)
  const set = asSet(parent)
  if (set) return set.items.find((item) => compareValues(item, key) === 0)
  const array = asArray(parent)
  return array?.items[toIndex(array, key) ?? -1]
}

function toIndex(array: RegoArray, key: RegoValue): number | undefined {
  if (key === '-') return array.items.length
  const text =
    typeof key === 'string' ? key : key && typeof key === 'object' && 'text' in key ? key.text : ''
  if (!/^\d{1,15}(?:\.0*)?$/.test(text)) return undefined
  return typeof key === 'string' && key !== '0' && key.startsWith('0')
    ? undefined
    : Number.parseInt(text, 10)
}

type Edit = (parent: RegoValue, key: RegoValue) => RegoValue | undefined

/** The document with the parent of the path's last key edited, and everything above it renewed. */
function editAt(
  document: RegoValue,
  path: Path,
  edit: Edit,
  charge: Charge,
): RegoValue | undefined {
  const parents: RegoValue[] = []
  let value: RegoValue | undefined = document
  for (const key of path.slice(0, -1)) {
    parents.push(value)
    value = childOf(value, key)
    if (value === undefined) return undefined
  }
  charge(editCost(value) + path.length)
  let edited = edit(value, path.at(-1)!)
  for (let depth = parents.length - 1; depth >= 0 && edited !== undefined; depth--) {
    charge(editCost(parents[depth]!))
    edited = replaceChild(parents[depth]!, path[depth]!, edited)
  }
  return edited
}

function editCost(value: RegoValue): number {
  return (
    MEMBER_COST *
    (asObject(value)?.entries.length ??
      asArray(value)?.items.length ??
      asSet(value)?.items.length ??
      1)
  )
}

function replaceChild(parent: RegoValue, key: RegoValue, child: RegoValue): RegoValue | undefined {
  const object = asObject(parent)
  if (object) return withEntry(object, key, child)
  const set = asSet(parent)
  if (set) return regoSet([...without(set, key).items, child])
  const array = asArray(parent)
  return array && regoArray(array.items.with(toIndex(array, key)!, child))
}

function insertAt(
  document: RegoValue | undefined,
  path: Path,
  value: RegoValue,
  charge: Charge,
): Applied | undefined {
  if (path.length === 0) return { document: value }
  if (document === undefined) return undefined
  const insert: Edit = (parent, key) => {
    const object = asObject(parent)
    if (object) return withEntry(object, key, value)
    const set = asSet(parent)
    if (set) return compareValues(key, value) === 0 ? regoSet([...set.items, value]) : undefined
    const array = asArray(parent)
    const index = array && toIndex(array, key)
    if (array === undefined || index === undefined || index > array.items.length) return undefined
    return regoArray(array.items.toSpliced(index, 0, value))
  }
  const edited = editAt(document, path, insert, charge)
  return edited === undefined ? undefined : { document: edited }
}

function removeAt(
  document: RegoValue | undefined,
  path: Path,
  charge: Charge,
): Applied | undefined {
  if (document === undefined) return undefined
  if (path.length === 0) return { document: undefined }
  const remove: Edit = (parent, key) => {
    if (childOf(parent, key) === undefined) return undefined
    const object = asObject(parent)
    if (object) {
      return {
        kind: 'object',
        entries: object.entries.filter(([known]) => compareValues(known, key)),
      }
    }
    const set = asSet(parent)
    if (set) return without(set, key)
    const array = asArray(parent)
    return array && regoArray(array.items.toSpliced(toIndex(array, key)!, 1))
  }
  const edited = editAt(document, path, remove, charge)
  return edited === undefined ? undefined : { document: edited }
}

function withEntry(object: RegoObject, key: RegoValue, value: RegoValue): RegoObject {
  return regoObject([...object.entries, [key, value]])
}

function without(set: RegoSet, key: RegoValue): RegoSet {
  return { kind: 'set', items: set.items.filter((item) => compareValues(item, key)) }
}
