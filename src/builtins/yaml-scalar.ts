// What a YAML scalar stands for, as go-yaml, version 3, has it: YAML 1.2's core types, and 1.1's octals and underscores.

import { regoNumber, type RegoValue } from './rego-value.ts'

/** The text is YAML, but has no meaning as JSON. */
export class YamlFault extends Error {}

/** False where infinity, or what is no number, is among the values. */
export function isJson(value: RegoValue): boolean {
  if (value === null || typeof value !== 'object') return true
  switch (value.kind) {
    case 'number':
      return !NOT_FINITE.has(value.text)
    case 'array':
    case 'set':
      return value.items.every(isJson)
    case 'object':
      return value.entries.every(([, item]) => isJson(item))
  }
}

export const NOT_FINITE: ReadonlySet<string> = new Set(['.inf', '-.inf', '.nan'])

const KEYWORDS: ReadonlyMap<string, null | boolean> = new Map([
  ['', null],
  ['~', null],
  ['null', null],
  ['Null', null],
  ['NULL', null],
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])

/**
 * `tag` as written, if it was; an untagged scalar that is not plain is a string. What YAML has beyond JSON's numbers
 * comes as a number of its own text, for `isJson` to refuse where it is left in the end.
 */
export function resolveScalar(text: string, tag: string | undefined, isPlain: boolean): RegoValue {
  if (tag === undefined) return isPlain ? resolve(text).value : text
  const name = /^(?:!!|!<tag:yaml\.org,2002:)(\w+)>?$/.exec(tag)?.[1]
  const { type, value } = resolve(text)
  switch (name ?? '') {
    case 'int':
    case 'bool':
    case 'null':
      if (type !== name) throw new YamlFault()
      return value
    case 'float':
      if (type !== 'float' && type !== 'int') throw new YamlFault()
      return value
    case 'binary':
    case 'timestamp':
    case 'map':
    case 'seq':
      // Bytes and instants are no JSON; a collection's tag on a scalar is a fault.
      throw new YamlFault()
    default:
      return text
  }
}

interface Resolved {
  readonly type: 'null' | 'bool' | 'int' | 'float' | 'str'
  readonly value: RegoValue
}

function resolve(text: string): Resolved {
  const keyword = KEYWORDS.get(text)
  if (keyword !== undefined) return { type: keyword === null ? 'null' : 'bool', value: keyword }
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(text)) {
    return { type: 'float', value: regoNumber(text.toLowerCase().replace('+', '')) }
  }
  if (/^\.\d+(?:[eE][-+]?\d+)?$/.test(text)) return toFloat(text, text)
  if (!/^[-+\d]/.test(text)) return { type: 'str', value: text }
  const plain = text.replaceAll('_', '')
  const integer = parseInteger(plain)
  if (integer !== undefined) return { type: 'int', value: regoNumber(integer) }
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(plain)) return toFloat(plain, text)
  return { type: 'str', value: text }
}

/** A number too large for a float64 is a string. */
function toFloat(plain: string, text: string): Resolved {
  const value = Number(plain)
  if (!Number.isFinite(value)) return { type: 'str', value: text }
  return { type: 'float', value: regoNumber(Object.is(value, -0) ? '-0' : String(value)) }
}

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/
const MAX_INT64 = 2n ** 63n - 1n
const MAX_UINT64 = 2n ** 64n - 1n

function parseInteger(text: string): bigint | undefined {
  const match = text.length > 100 ? null : INTEGER.exec(text)
  if (match === null) return undefined
  const [, sign, hex, binary, octal, decimal = ''] = match
  const size = BigInt(
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal,
  )
  if (sign === '-') return size > MAX_INT64 + 1n ? undefined : -size
  return size > (sign === '' ? MAX_UINT64 : MAX_INT64) ? undefined : size
}
