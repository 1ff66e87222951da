// `yaml.unmarshal` and `yaml.is_valid`: YAML to Rego, with the meaning that OPA's reader (go-yaml, version 3, by way of JSON)
// gives to scalars, keys, merges and aliases.

import {
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
  type Event,
} from 'js-yaml'
import type { Builtin } from './builtin.ts'
import { formatFloat } from './go-float.ts'
import { asString } from './operands.ts'
import { regoArray, regoObject, type RegoValue } from './rego-value.ts'
import { UnsupportedCall } from './unsupported-call.ts'
import { isJson, NOT_FINITE, resolveScalar, YamlFault } from './yaml-scalar.ts'

/** Fuel for one node, and for one character parsed. */
const NODE_COST = 16
const CHARACTER_COST = 8

const MAX_DEPTH = 500

/** `yaml.unmarshal(text)`: the first document; what follows it must be YAML as well. */
export const yamlUnmarshal: Builtin = ([value], context) => {
  const text = asString(value)
  return text === undefined ? undefined : readDocument(text, (units) => context.charge(units))
}

/** `yaml.is_valid(text)`: false, not undefined, for what is no string. */
export const yamlIsValid: Builtin = ([value], context) =>
  typeof value === 'string' && readDocument(value, (units) => context.charge(units)) !== undefined

function readDocument(text: string, charge: (units: number) => void): RegoValue | undefined {
  charge(text.length * CHARACTER_COST)
  // YAML 1.1's line breaks are still go-yaml's, and no longer js-yaml's.
  if (/[\u0085\u2028\u2029]/.test(text))
    throw new UnsupportedCall('Unicode’s line separators in YAML')
  // The end of a document that has not begun.
  if (/^(?:[ \t]*(?:#.*)?\n)*\.\.\.(?:\s|$)/.test(text)) return undefined
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH })
    const value = new DocumentReader(text, events, charge).read()
    return isJson(value) ? value : undefined
  } catch (error) {
    if (error instanceof YAMLException || error instanceof YamlFault) return undefined
    throw error
  }
}

/** A value, the number of nodes in it and their nesting: an alias costs as much as what it stands for. */
interface Sized {
  readonly value: RegoValue
  readonly size: number
  readonly depth: number
}

class DocumentReader {
  readonly #text: string
  readonly #events: readonly Event[]
  readonly #charge: (units: number) => void
  readonly #anchors = new Map<string, Sized>()
  #next = 0

  constructor(text: string, events: readonly Event[], charge: (units: number) => void) {
    this.#text = text
    this.#events = events
    this.#charge = charge
  }

  read(): RegoValue {
    if (this.#events[0]?.type !== EVENT_ID.DOCUMENT) return null
    this.#next = 1
    const first = this.#events[1]
    return first === undefined || first.type === EVENT_ID.POP ? null : this.#readNode().value
  }

  #readNode(): Sized {
    const event = this.#events[this.#next++]
    if (event === undefined) throw new YamlFault()
    this.#charge(NODE_COST)
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#remember(event, { value: this.#readScalar(event), size: 1, depth: 0 })
      case EVENT_ID.SEQUENCE:
        return this.#remember(event, this.#readSequence())
      case EVENT_ID.MAPPING:
        return this.#remember(event, this.#readMapping())
      case EVENT_ID.ALIAS: {
        const known = this.#anchors.get(this.#text.slice(event.anchorStart, event.anchorEnd))
        if (known === undefined) throw new YamlFault()
        this.#charge(known.size * NODE_COST)
        return known
      }
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
        throw new YamlFault()
    }
  }

  #remember(event: { anchorStart: number; anchorEnd: number }, read: Sized): Sized {
    // Aliases nest deeper than any text.
    if (read.depth > MAX_DEPTH) throw new YamlFault()
    if (event.anchorStart >= 0) {
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), read)
    }
    return read
  }

  #readScalar(event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>): RegoValue {
    const tag = event.tagStart < 0 ? undefined : this.#text.slice(event.tagStart, event.tagEnd)
    const text = getScalarValue(this.#text, event)
    this.#charge(text.length)
    return resolveScalar(text, tag, event.style === SCALAR_STYLE.PLAIN)
  }

  #isAtEnd(): boolean {
    if (this.#events[this.#next]?.type !== EVENT_ID.POP) return false
    this.#next++
    return true
  }

  #readSequence(): Sized {
    const items: RegoValue[] = []
    let size = 1
    let depth = 1
    while (!this.#isAtEnd()) {
      const item = this.#readNode()
      items.push(item.value)
      size += item.size
      depth = Math.max(depth, item.depth + 1)
    }
    return { value: regoArray(items), size, depth }
  }

  #readMapping(): Sized {
    const entries = new Map<string, RegoValue>()
    const merged: RegoValue[] = []
    let size = 1
    let depth = 1
    while (!this.#isAtEnd()) {
      const isMerge = this.#isMergeKey()
      const key = this.#readNode()
      const item = this.#readNode()
      size += key.size + item.size
      depth = Math.max(depth, item.depth + 1)
      if (isMerge) merged.push(...mergeSources(item.value))
      else entries.set(keyText(key.value), item.value)
    }
    // The mapping's own keys count, then those of the sources named first.
    for (const [key, value] of merged.flatMap(entriesOf)) {
      this.#charge(NODE_COST)
      if (typeof key === 'string' && !entries.has(key)) entries.set(key, value)
    }
    return { value: regoObject(Array.from(entries)), size: size + entries.size, depth }
  }

  #isMergeKey(): boolean {
    const event = this.#events[this.#next]
    if (
      event?.type !== EVENT_ID.SCALAR ||
      event.style !== SCALAR_STYLE.PLAIN ||
      event.tagStart >= 0
    )
      return false
    return getScalarValue(this.#text, event) === '<<'
  }
}

function mergeSources(value: RegoValue): readonly RegoValue[] {
  const sources =
    value !== null && typeof value === 'object' && value.kind === 'array' ? value.items : [value]
  for (const source of sources) {
    if (source === null || typeof source !== 'object' || source.kind !== 'object')
      throw new YamlFault()
  }
  return sources
}

function entriesOf(value: RegoValue): readonly (readonly [RegoValue, RegoValue])[] {
  return value !== null && typeof value === 'object' && value.kind === 'object' ? value.entries : []
}

/** JSON's keys are strings: numbers and booleans become theirs, null and collections have none. */
function keyText(key: RegoValue): string {
  if (typeof key === 'string') return key
  if (typeof key === 'boolean') return String(key)
  if (key === null || key.kind !== 'number') throw new YamlFault()
  return NOT_FINITE.has(key.text) || /^-?\d+$/.test(key.text)
    ? key.text
    : formatSingle(Number(key.text))
}

/** A float as go-yaml prints it in a key: the shortest text that a float32 needs. */
function formatSingle(value: number): string {
  const single = Math.fround(value)
  let digits = 1
  while (digits < 9 && Math.fround(Number(single.toPrecision(digits))) !== single) digits++
  const shortest = Number(single.toPrecision(digits))
  return Number.isFinite(shortest) ? formatFloat(shortest, 'g', -1) : value > 0 ? '.inf' : '-.inf'
}
