// `yaml.marshal`: block YAML as go-yaml, version 3, writes it at an indentation of two, with its choice of
// quotes and its order of keys.

import type { Builtin } from './builtin.ts'
import { formatFloat } from './go-float.ts'
import { asItems, asObject } from './operands.ts'
import { formatRegoValue, type RegoEntry, type RegoValue } from './rego-value.ts'
import { UnsupportedCall } from './unsupported-call.ts'
import { resolveScalar, YamlFault } from './yaml-scalar.ts'

/** Fuel for one node written. */
const NODE_COST = 16

/** `yaml.marshal(value)`; sets are lists, and keys that are no strings their JSON. */
export const yamlMarshal: Builtin = ([value], context) => {
  if (value === undefined) return undefined
  try {
    return new Writer((units) => context.charge(units)).write(value)
  } catch (error) {
    if (error instanceof YamlFault) return undefined
    throw error
  }
}

const MAX_SIMPLE_KEY_BYTES = 128

class Writer {
  readonly #charge: (units: number) => void
  readonly #parts: string[] = []

  constructor(charge: (units: number) => void) {
    this.#charge = charge
  }

  write(value: RegoValue): string {
    this.#writeNode(value, 0, '')
    return this.#parts.join('')
  }

  /** Writes a node after `lead`, which is all that stands before it on its first line; `indent` is its own. */
  #writeNode(value: RegoValue, indent: number, lead: string): void {
    this.#charge(NODE_COST + indent)
    const entries = asObject(value)?.entries
    const items = asItems(value)
    if (entries !== undefined && entries.length > 0) {
      this.#writeMapping(entries, indent, lead)
    } else if (items !== undefined && items.length > 0) {
      for (const [index, item] of items.entries()) {
        this.#writeNode(item, indent + 2, `${index === 0 ? lead : ' '.repeat(indent)}- `)
      }
    } else {
      const empty = entries === undefined ? '[]' : '{}'
      const text =
        (entries ?? items) ? empty : this.#formatScalar(value, Math.max(indent, 2), false)
      this.#parts.push(lead, text, text.endsWith('\n') ? '' : '\n')
    }
  }

  #writeMapping(entries: readonly RegoEntry[], indent: number, lead: string): void {
    const sorted = entries
      .map(([key, value]) => [typeof key === 'string' ? key : toJsonText(key), value] as const)
      .toSorted(([a], [b]) => compareKeys(a, b))
    for (const [index, [key, value]] of sorted.entries()) {
      this.#charge(key.length)
      const start = index === 0 ? lead : ' '.repeat(indent)
      if (!isSimpleKey(key)) {
        this.#writeNode(key, indent + 2, `${start}? `)
        this.#writeNode(value, indent + 2, `${' '.repeat(indent)}: `)
      } else if (isNested(value)) {
        this.#parts.push(`${start}${this.#formatScalar(key, indent, true)}:\n`)
        this.#writeNode(value, indent + 2, ' '.repeat(indent + 2))
      } else {
        this.#writeNode(value, indent + 2, `${start}${this.#formatScalar(key, indent, true)}: `)
      }
    }
  }

  #formatScalar(value: RegoValue, indent: number, isKey: boolean): string {
    if (typeof value === 'string') {
      this.#charge(value.length)
      return formatString(value, indent, isKey)
    }
    return value === null || typeof value !== 'object' ? String(value) : formatNumber(value)
  }
}

function isNested(value: RegoValue): boolean {
  return (asObject(value)?.entries ?? asItems(value) ?? []).length > 0
}

function isSimpleKey(key: string): boolean {
  return !BREAK.test(key) && Buffer.byteLength(key) <= MAX_SIMPLE_KEY_BYTES
}

/** OPA hands numbers to go-yaml as JSON text, which reads them by YAML's rules. */
function formatNumber(value: RegoValue): string {
  const resolved = resolveScalar(formatRegoValue(value), undefined, true)
  if (resolved === null || typeof resolved !== 'object' || resolved.kind !== 'number')
    throw new YamlFault()
  return /^-?\d+$/.test(resolved.text) &&
    /^-?\d+$/.test(formatRegoValue(value)) &&
    isInRange(resolved.text)
    ? resolved.text
    : formatFloat(Number(resolved.text), 'g', -1)
}

function isInRange(text: string): boolean {
  const value = BigInt(text)
  return value >= -(1n << 63n) && value < 1n << 64n
}

function toJsonText(key: RegoValue): string {
  if (key === null || typeof key === 'boolean') return String(key)
  if (typeof key === 'string') return JSON.stringify(key)
  const items = asItems(key)
  if (items !== undefined) return `[${items.map(toJsonText).join(',')}]`
  const entries = asObject(key)?.entries
  if (entries === undefined) return formatRegoValue(key)
  const members = entries.map(([name, value]) => {
    const text = typeof name === 'string' ? name : toJsonText(name)
    return `${JSON.stringify(text)}:${toJsonText(value)}`
  })
  return `{${members.join(',')}}`
}

// Characters that go-yaml refuses to read, escaped or not by encoding/json.
// oxlint-disable-next-line no-control-regex
const UNREADABLE = /[\u007f-\u009f\ufeff\ufffe\uffff]/
const BREAK = /[\n\r]/
// Beyond the basic plane nothing is printable to go-yaml.
const UNPRINTABLE = /[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd]/

function formatString(text: string, indent: number, isKey: boolean): string {
  if (UNREADABLE.test(text)) throw new YamlFault()
  if (/[\u2028\u2029]/.test(text)) throw new UnsupportedCall('Unicode’s line separators in YAML')
  if (text.includes('\n')) {
    const isBlockAllowed = !isKey && !text.endsWith(' ') && !text.includes(' \n')
    return isBlockAllowed && !UNPRINTABLE.test(text)
      ? formatLiteral(text, indent)
      : formatDoubleQuoted(text)
  }
  if (!isString(text) || BREAK.test(text) || UNPRINTABLE.test(text) || text.includes('\t')) {
    return formatDoubleQuoted(text)
  }
  return isPlain(text) ? text : `'${text.replaceAll("'", "''")}'`
}

// Numbers to base 60 and words for booleans were YAML 1.1's.
const OLD_TYPES =
  /^(?:[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const TIMESTAMP =
  /^\d{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])(?:[Tt ](?:[01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)?)?$/

/** Without quotes the text would be a string too, to YAML 1.1 as well. */
function isString(text: string): boolean {
  if (OLD_TYPES.test(text) || TIMESTAMP.test(text)) return false
  return typeof resolveScalar(text, undefined, true) === 'string'
}

function isPlain(text: string): boolean {
  if (/^(?:---|\.\.\.| )|[ ]$/.test(text)) return false
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[-?:](?:[ \t]|$)/.test(text)) return false
  return !/:(?:[ \t]|$)|[ \t]#/.test(text)
}

function formatLiteral(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : ''
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : ''
  const margin = ' '.repeat(indent)
  const body = text.replace(/^(?=[^\n])/gm, margin)
  return `|${hint}${chomp}\n${body}`
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '\\0'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\u001b', '\\e'],
  ['"', '\\"'],
  ['\\', '\\\\'],
])

function formatDoubleQuoted(text: string): string {
  let quoted = '"'
  for (const character of text) quoted += escapeCharacter(character)
  return `${quoted}"`
}

function escapeCharacter(character: string): string {
  const known = ESCAPES.get(character)
  if (known !== undefined) return known
  if (!UNPRINTABLE.test(character)) return character
  const codePoint = character.codePointAt(0)!
  const hex = codePoint.toString(16).toUpperCase()
  if (codePoint <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return codePoint <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

const LETTER = /^\p{L}/u
const DIGIT = /^\p{Nd}/u

/** go-yaml's order of keys: by characters, but runs of digits by their number (`a2` before `a10`). */
function compareKeys(a: string, b: string): number {
  const x = Array.from(a)
  const y = Array.from(b)
  let isAfterDigit = false
  for (let index = 0; index < Math.min(x.length, y.length); index++) {
    const p = x[index]!
    const q = y[index]!
    if (p === q) {
      isAfterDigit = DIGIT.test(p)
      continue
    }
    const byCodePoint = p.codePointAt(0)! - q.codePointAt(0)!
    if (LETTER.test(p) && LETTER.test(q)) return byCodePoint
    if (LETTER.test(p) || LETTER.test(q)) return LETTER.test(isAfterDigit ? p : q) ? -1 : 1
    const first = readNumber(x, index, p === '0' || q === '0')
    const second = readNumber(y, index, p === '0' || q === '0')
    if (first.value !== second.value) return first.value < second.value ? -1 : 1
    return first.end - second.end || byCodePoint
  }
  return x.length - y.length
}

/** The digits from `start`; a zero among digits that follow others that are not zero counts its place. */
function readNumber(
  characters: readonly string[],
  start: number,
  hasZero: boolean,
): { value: bigint; end: number } {
  let value = 0n
  for (let index = start - 1; hasZero && index >= 0 && DIGIT.test(characters[index]!); index--) {
    if (characters[index] !== '0') {
      value = 1n
      break
    }
  }
  let end = start
  for (; end < characters.length && DIGIT.test(characters[end]!); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt(characters[end]!.codePointAt(0)! - 0x30))
  }
  return { value, end }
}
