// Go's quoted strings and runes (package strconv), and the text that OPA's values print as.

import { isPrintable } from './go-printable.ts'
import type { RegoValue } from './rego-value.ts'

export const REPLACEMENT = 0xfffd

/** `text` as a Go string literal in `"`. */
export function quote(text: string, asciiOnly = false): string {
  return quoteWith(text, '"', asciiOnly)
}

/** `codePoint` as a Go rune literal; one that is no Unicode scalar value becomes U+FFFD. */
export function quoteRune(codePoint: number, asciiOnly = false): string {
  return quoteWith(toText(codePoint), "'", asciiOnly)
}

/** The character at `codePoint`, U+FFFD when there is none. */
export function toText(codePoint: number): string {
  const isScalar = codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff)
  return String.fromCodePoint(isScalar ? codePoint : REPLACEMENT)
}

const PLAIN = /^[ !#-[\]-~]*$/

function quoteWith(text: string, mark: string, asciiOnly: boolean): string {
  if (mark === '"' && PLAIN.test(text)) return `"${text}"`
  let quoted = mark
  for (const character of text) quoted += escapeCharacter(character, mark, asciiOnly)
  return quoted + mark
}

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

function escapeCharacter(character: string, mark: string, asciiOnly: boolean): string {
  if (character === mark || character === '\\') return `\\${character}`
  const codePoint = character.codePointAt(0)!
  if (isPrintable(codePoint) && (!asciiOnly || codePoint < 0x80)) return character
  const named = NAMED_ESCAPES.get(character)
  if (named !== undefined) return named
  const hex = codePoint.toString(16)
  if (codePoint < 0x20 || codePoint === 0x7f) return `\\x${hex.padStart(2, '0')}`
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/** True when `text` can stand in a Go raw string: one line, no control character but tab, no backquote. */
export function canBackquote(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[\0-\x08\n-\x1f`\x7f\ufeff\ud800-\udfff]/u.test(text)
}

/** What `String()` of OPA's value gives: `["a", 1]`, `{"a": {1, 2}}`, `set()`; strings are quoted. */
export function toGoText(value: RegoValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quote(value)
  switch (value.kind) {
    case 'number':
      return value.text
    case 'array':
      return `[${value.items.map(toGoText).join(', ')}]`
    case 'set':
      return value.items.length === 0 ? 'set()' : `{${value.items.map(toGoText).join(', ')}}`
    case 'object':
      return `{${value.entries.map(([key, item]) => `${toGoText(key)}: ${toGoText(item)}`).join(', ')}}`
  }
}
