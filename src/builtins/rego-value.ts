// A Rego value on the host's side, and the text in which the policy module gives and takes it: what
// OPA's `opa_value_dump` prints and `opa_value_parse` reads. That text is JSON with two additions, sets
// (`{1, 2}`, `set()`) and object keys of any type. Numbers stay decimal text: nothing here rounds.

import { AppError } from '../errors.ts'
import { compareDecimals } from './decimal.ts'

export type RegoValue = null | boolean | string | RegoNumber | RegoArray | RegoSet | RegoObject

/** `text` is a number, digit for digit as the policy wrote or computed it: JSON's, or `.5`. */
export interface RegoNumber {
  readonly kind: 'number'
  readonly text: string
}

export interface RegoArray {
  readonly kind: 'array'
  readonly items: readonly RegoValue[]
}

/** Members are in Rego's order, each once. */
export interface RegoSet {
  readonly kind: 'set'
  readonly items: readonly RegoValue[]
}

export type RegoEntry = readonly [key: RegoValue, value: RegoValue]

/** Entries are in Rego's order of their keys, each key once. */
export interface RegoObject {
  readonly kind: 'object'
  readonly entries: readonly RegoEntry[]
}

/** The deepest nesting that crosses between host and module; recursion over a value is bounded by it. */
export const MAX_VALUE_DEPTH = 1000

/** Text that is not a Rego value, or one nested too deeply. */
export class RegoValueError extends AppError<'rego-value/malformed' | 'rego-value/too-deep'> {}

export function regoNumber(value: number | bigint | string): RegoNumber {
  return { kind: 'number', text: typeof value === 'string' ? value : value.toString() }
}

export function regoArray(items: readonly RegoValue[]): RegoArray {
  return { kind: 'array', items }
}

/** The set of `items`: sorted, and equal ones (`1` and `1.0`) once. */
export function regoSet(items: readonly RegoValue[]): RegoSet {
  const sorted = items.toSorted(compareValues)
  return {
    kind: 'set',
    items: sorted.filter((item, index) => index === 0 || compareValues(sorted[index - 1]!, item)),
  }
}

/** The object of `entries`; of two with equal keys the later one counts. */
export function regoObject(entries: readonly RegoEntry[]): RegoObject {
  const sorted = entries.toSorted((a, b) => compareValues(a[0], b[0]))
  const isLast = (entry: RegoEntry, index: number): boolean =>
    index === sorted.length - 1 || compareValues(entry[0], sorted[index + 1]![0]) !== 0
  return { kind: 'object', entries: sorted.filter(isLast) }
}

/** The value at `key`, or undefined. */
export function lookUp(object: RegoObject, key: RegoValue): RegoValue | undefined {
  const { entries } = object
  return entries[findIndex(entries.length, (index) => compareValues(entries[index]![0], key))]?.[1]
}

export function hasMember(set: RegoSet, member: RegoValue): boolean {
  const { items } = set
  return findIndex(items.length, (index) => compareValues(items[index]!, member)) >= 0
}

/** The place where `compareAt` says 0, found by halves; -1 where there is none. */
function findIndex(length: number, compareAt: (index: number) => number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = compareAt(middle)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle
  }
  return -1
}

export type RegoType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'set'

/** What `type_name` answers. */
export function typeName(value: RegoValue): RegoType {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'string' ? 'string' : value.kind
}

const TYPE_ORDER: Readonly<Record<RegoType, number>> = {
  null: 0,
  boolean: 1,
  number: 2,
  string: 3,
  array: 4,
  object: 5,
  set: 6,
}

/**
 * Rego's total order: by type, then numbers by exact value, strings by code point, arrays and sets
 * member by member, objects entry by entry.
 */
export function compareValues(a: RegoValue, b: RegoValue): number {
  if (a === b) return 0
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  const byType = TYPE_ORDER[typeName(a)] - TYPE_ORDER[typeName(b)]
  if (byType !== 0) return byType
  if (a === null || b === null || typeof a === 'string' || typeof b === 'string') return 0
  if (typeof a === 'boolean' || typeof b === 'boolean') return Number(a) - Number(b)
  if (a.kind === 'number' && b.kind === 'number') return compareDecimals(a.text, b.text)
  if (a.kind === 'object' && b.kind === 'object') return compareEntries(a.entries, b.entries)
  if (a.kind === 'array' && b.kind === 'array') return compareItems(a.items, b.items)
  if (a.kind === 'set' && b.kind === 'set') return compareItems(a.items, b.items)
  return 0
}

function compareItems(a: readonly RegoValue[], b: readonly RegoValue[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareValues(a[index]!, b[index]!)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function compareEntries(a: readonly RegoEntry[], b: readonly RegoEntry[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order =
      compareValues(a[index]![0], b[index]![0]) || compareValues(a[index]![1], b[index]![1])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Order by code point, which is the order of UTF-8 bytes; JavaScript's own goes by UTF-16 unit. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index)
    const y = b.charCodeAt(index)
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

/** What comparing the value with another can take: its nodes and the length of its texts. */
export function sizeOf(value: RegoValue): number {
  if (value === null || typeof value === 'boolean') return 1
  if (typeof value === 'string') return 1 + value.length
  switch (value.kind) {
    case 'number':
      return 1 + value.text.length
    case 'array':
    case 'set':
      return value.items.reduce<number>((sum, item) => sum + sizeOf(item), 1)
    case 'object':
      return value.entries.reduce((sum, [key, item]) => sum + sizeOf(key) + sizeOf(item), 1)
  }
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/**
 * The value that `text`, as `opa_value_dump` prints it, stands for.
 * @throws RegoValueError `rego-value/malformed`, `rego-value/too-deep`.
 */
export function parseRegoValue(text: string): RegoValue {
  // Most of what crosses is a string without escapes.
  if (text.startsWith('"') && text.indexOf('"', 1) === text.length - 1 && !text.includes('\\')) {
    return text.slice(1, -1)
  }
  return new ValueReader(text).readAll()
}

// Rego allows `.5`, and the module prints a number as it was written.
const NUMBER = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d*)?/y

class ValueReader {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  readAll(): RegoValue {
    const value = this.#readValue(0)
    this.#skipSpace()
    if (this.#position !== this.#text.length) this.#fail()
    return value
  }

  #readValue(depth: number): RegoValue {
    if (depth > MAX_VALUE_DEPTH) {
      throw new RegoValueError(
        'rego-value/too-deep',
        `a value nested more than ${MAX_VALUE_DEPTH} levels deep cannot be given to a built-in`,
      )
    }
    this.#skipSpace()
    switch (this.#text[this.#position] ?? '') {
      case '"':
        return this.#readString()
      case '[':
        return this.#readArray(depth)
      case '{':
        return this.#readObjectOrSet(depth)
      case 'n':
        return this.#readWord('null', null)
      case 't':
        return this.#readWord('true', true)
      case 'f':
        return this.#readWord('false', false)
      case 's':
        return this.#readWord('set()', regoSet([]))
      default:
        return { kind: 'number', text: this.#match(NUMBER) }
    }
  }

  #readString(): string {
    const start = this.#position
    let end = start + 1
    let escaped = false
    while (this.#text[end] !== '"') {
      if (end >= this.#text.length) this.#fail()
      if (this.#text[end] === '\\') {
        escaped = true
        end++
      }
      end++
    }
    if (!escaped) {
      this.#position = end + 1
      return this.#text.slice(start + 1, end)
    }
    try {
      const value = String(JSON.parse(this.#text.slice(start, end + 1)))
      this.#position = end + 1
      return value
    } catch {
      return this.#fail()
    }
  }

  #readArray(depth: number): RegoArray {
    this.#position++
    const items: RegoValue[] = []
    if (this.#take(']')) return regoArray(items)
    do items.push(this.#readValue(depth + 1))
    while (this.#take(','))
    if (!this.#take(']')) this.#fail()
    return regoArray(items)
  }

  #readObjectOrSet(depth: number): RegoObject | RegoSet {
    this.#position++
    if (this.#take('}')) return regoObject([])
    const first = this.#readValue(depth + 1)
    if (!this.#take(':')) {
      const items = [first]
      while (this.#take(',')) items.push(this.#readValue(depth + 1))
      if (!this.#take('}')) this.#fail()
      return regoSet(items)
    }
    const entries: RegoEntry[] = [[first, this.#readValue(depth + 1)]]
    while (this.#take(',')) {
      const key = this.#readValue(depth + 1)
      if (!this.#take(':')) this.#fail()
      entries.push([key, this.#readValue(depth + 1)])
    }
    if (!this.#take('}')) this.#fail()
    return regoObject(entries)
  }

  #readWord<T extends RegoValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#position)) this.#fail()
    this.#position += word.length
    return value
  }

  #take(character: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#position] !== character) return false
    this.#position++
    return true
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#position] ?? '-')) this.#position++
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#text)?.[0]
    if (match === undefined || match === '') return this.#fail()
    this.#position += match.length
    return match
  }

  #fail(): never {
    throw new RegoValueError(
      'rego-value/malformed',
      `expected a Rego value at offset ${this.#position}`,
    )
  }
}

/** The text of `value` for `opa_value_parse`. */
export function formatRegoValue(value: RegoValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return formatString(value)
  switch (value.kind) {
    case 'number':
      return value.text.replace(/^(-?)\./, '$10.')
    case 'array':
      return `[${value.items.map(formatRegoValue).join(',')}]`
    case 'set':
      return value.items.length === 0 ? 'set()' : `{${value.items.map(formatRegoValue).join(',')}}`
    case 'object':
      return `{${value.entries.map(([key, item]) => `${formatRegoValue(key)}:${formatRegoValue(item)}`).join(',')}}`
  }
}

const LONE_SURROGATE = /\p{Surrogate}/gu

/** The module aborts on half a surrogate pair, which has no UTF-8 form. */
function formatString(value: string): string {
  return JSON.stringify(value.replace(LONE_SURROGATE, '\ufffd'))
}
