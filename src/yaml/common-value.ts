// Keys, values that end on their line, and block scalars, as the common style has them. Each function reads what stands at the
// cursor and leaves the cursor behind it; it returns undefined where the text is not of the common style, and then where
// the cursor stands means nothing.
import { CHOMPING_MODE, EVENT_ID, getScalarValue, SCALAR_STYLE } from 'js-yaml'
import type { Span } from '../source/source-file.ts'
import { NOT_JSON, resolvePlain } from './resolve-scalar.ts'
import { scalarNode, type ScalarValue, type YamlNode } from './yaml-node.ts'

/** A place in a text, which ends in a line feed. */
export interface Cursor {
  readonly text: string
  /** Where the text begins in its file. */
  readonly base: number
  at: number
}

/** A map or list that is being read: its entries or items come in, and its end moves on. */
export interface Collection extends YamlNode {
  readonly kind: 'map' | 'list'
  readonly span: { readonly start: number; end: number }
  readonly entries: Map<string, YamlNode> | undefined
  readonly items: YamlNode[] | undefined
}

export const CODE = { lf: 0x0a, space: 0x20, hash: 0x23, dash: 0x2d, colon: 0x3a } as const
const DOUBLE = 0x22
const SINGLE = 0x27
const BACKSLASH = 0x5c
const COMMA = 0x2c

/** What begins something other than a plain scalar, or may. */
const INDICATORS = codesOf('!&*|>\'"%@`#{}[],?:')
/** What a plain scalar is made of wherever it stands. */
const WORD = codesOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./$-=+~()@*')
const WORD_START = codesOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./$~')
/** Escapes of one character that the API server's reader knows. */
const ESCAPES = codesOf('0abtnvfre "\\N_LP')

export function createCollection(
  cursor: Cursor,
  isMap: boolean,
  keySpan: Span | undefined,
): Collection {
  const start = cursor.base + cursor.at
  return {
    kind: isMap ? 'map' : 'list',
    span: { start, end: start },
    keySpan,
    entries: isMap ? new Map() : undefined,
    items: isMap ? undefined : [],
    scalar: undefined,
  }
}

/** Makes a scalar of what stands from `start` to `end`, quotes and block indicator included. */
export function createScalar(
  { base }: Cursor,
  start: number,
  end: number,
  keySpan: Span | undefined,
  scalar: ScalarValue,
): YamlNode {
  return scalarNode({ start: base + start, end: base + end }, keySpan, scalar)
}

export function skipSpaces(text: string, at: number): number {
  let end = at
  while (text.charCodeAt(end) === CODE.space) end++
  return end
}

/** Returns the offset of the colon behind a key, with a space or the line's end behind it: -1 where there is no key. */
export function endOfKey(text: string, at: number): number {
  const first = text.charCodeAt(at)
  let end: number
  if (first === DOUBLE || first === SINGLE) {
    end = at + 1
    for (let code = text.charCodeAt(end); code !== first; code = text.charCodeAt(++end)) {
      if (code === CODE.lf || code === BACKSLASH) return -1
    }
    end++
  } else {
    if (WORD_START[first] !== 1) return -1
    end = at + 1
    while (WORD[text.charCodeAt(end)] === 1) end++
  }
  if (text.charCodeAt(end) !== CODE.colon) return -1
  const next = text.charCodeAt(end + 1)
  return next === CODE.space || next === CODE.lf ? end : -1
}

/** Returns the key from the cursor to the colon that `endOfKey` gave; only a string that the map does not have yet. */
export function readKey(cursor: Cursor, colon: number, map: Collection): string | undefined {
  const { text, at } = cursor
  const first = text.charCodeAt(at)
  const isQuoted = first === DOUBLE || first === SINGLE
  const key = isQuoted ? text.slice(at + 1, colon - 1) : text.slice(at, colon)
  if (!isQuoted && typeof resolvePlain(key) !== 'string') return undefined
  cursor.at = colon + 1
  return map.entries?.has(key) === false ? key : undefined
}

/** Reads a value that stands in a block and ends on its line. */
export function readLineValue(cursor: Cursor, keySpan: Span | undefined): YamlNode | undefined {
  switch (cursor.text.charCodeAt(cursor.at)) {
    case DOUBLE:
      return readDoubleQuoted(cursor, keySpan)
    case SINGLE:
      return readSingleQuoted(cursor, keySpan)
    case 0x5b:
    case 0x7b:
      return readFlow(cursor, keySpan, 0)
    default:
      return readPlain(cursor, keySpan)
  }
}

function readPlain(cursor: Cursor, keySpan: Span | undefined): YamlNode | undefined {
  const { text, at } = cursor
  let code = text.charCodeAt(at)
  if (INDICATORS[code] === 1) return undefined
  if (code === CODE.dash && isGap(text.charCodeAt(at + 1))) return undefined
  let scan = at
  let end = at
  for (; code !== CODE.lf; code = text.charCodeAt(++scan)) {
    if (code === CODE.space) continue
    if (code === CODE.colon && isGap(text.charCodeAt(scan + 1))) return undefined
    if (code === CODE.hash && text.charCodeAt(scan - 1) === CODE.space) break
    end = scan + 1
  }
  return endPlain(cursor, end, keySpan)
}

function endPlain(cursor: Cursor, end: number, keySpan: Span | undefined): YamlNode | undefined {
  const { text, at } = cursor
  const scalar = resolvePlain(text.slice(at, end))
  if (scalar === NOT_JSON) return undefined
  cursor.at = end
  return createScalar(cursor, at, end, keySpan, scalar)
}

function readDoubleQuoted(cursor: Cursor, keySpan: Span | undefined): YamlNode | undefined {
  const { text, at } = cursor
  let end = at + 1
  let isAsItStands = true
  for (let code = text.charCodeAt(end); code !== DOUBLE; code = text.charCodeAt(++end)) {
    if (code === CODE.lf) return undefined
    if (code !== BACKSLASH) continue
    isAsItStands = false
    if (ESCAPES[text.charCodeAt(++end)] !== 1) return undefined
  }
  cursor.at = end + 1
  const scalar = isAsItStands
    ? text.slice(at + 1, end)
    : decode(text, at + 1, end, SCALAR_STYLE.DOUBLE_QUOTED)
  return createScalar(cursor, at, end + 1, keySpan, scalar)
}

function readSingleQuoted(cursor: Cursor, keySpan: Span | undefined): YamlNode | undefined {
  const { text, at } = cursor
  let end = at + 1
  let isAsItStands = true
  for (;;) {
    const code = text.charCodeAt(end)
    if (code === CODE.lf) return undefined
    if (code === SINGLE) {
      if (text.charCodeAt(end + 1) !== SINGLE) break
      isAsItStands = false
      end++
    }
    end++
  }
  cursor.at = end + 1
  const scalar = isAsItStands
    ? text.slice(at + 1, end)
    : decode(text, at + 1, end, SCALAR_STYLE.SINGLE_QUOTED)
  return createScalar(cursor, at, end + 1, keySpan, scalar)
}

/** Deeper ones are left to js-yaml. */
const MAX_FLOW_DEPTH = 20

function readFlow(cursor: Cursor, keySpan: Span | undefined, depth: number): YamlNode | undefined {
  const { text } = cursor
  const isMap = text.charCodeAt(cursor.at) === 0x7b
  const closing = isMap ? 0x7d : 0x5d
  if (depth > MAX_FLOW_DEPTH) return undefined
  const node = createCollection(cursor, isMap, keySpan)
  cursor.at = skipSpaces(text, cursor.at + 1)
  if (text.charCodeAt(cursor.at) !== closing) {
    for (;;) {
      if (!readFlowChild(cursor, node, depth)) return undefined
      cursor.at = skipSpaces(text, cursor.at)
      const code = text.charCodeAt(cursor.at)
      if (code === closing) break
      if (code !== COMMA) return undefined
      cursor.at = skipSpaces(text, cursor.at + 1)
    }
  }
  cursor.at++
  node.span.end = cursor.base + cursor.at
  return node
}

/** Adds an entry or item; false where it is not of the common style. */
function readFlowChild(cursor: Cursor, parent: Collection, depth: number): boolean {
  const { text, base, at } = cursor
  if (parent.items !== undefined) {
    const item = readFlowValue(cursor, undefined, depth)
    if (item !== undefined) parent.items.push(item)
    return item !== undefined
  }
  const colon = endOfKey(text, at)
  const key = colon < 0 ? undefined : readKey(cursor, colon, parent)
  if (key === undefined) return false
  cursor.at = skipSpaces(text, cursor.at)
  const value = readFlowValue(cursor, { start: base + at, end: base + colon }, depth)
  if (value !== undefined) parent.entries?.set(key, value)
  return value !== undefined
}

function readFlowValue(
  cursor: Cursor,
  keySpan: Span | undefined,
  depth: number,
): YamlNode | undefined {
  const { text, at } = cursor
  const code = text.charCodeAt(at)
  if (code === DOUBLE) return readDoubleQuoted(cursor, keySpan)
  if (code === SINGLE) return readSingleQuoted(cursor, keySpan)
  if (code === 0x5b || code === 0x7b) return readFlow(cursor, keySpan, depth + 1)
  if (WORD_START[code] !== 1) return undefined
  let end = at + 1
  for (;;) {
    while (WORD[text.charCodeAt(end)] === 1) end++
    // A colon within a word, as in `app:1.0`.
    if (text.charCodeAt(end) !== CODE.colon || WORD[text.charCodeAt(end + 1)] !== 1) break
    end++
  }
  return endPlain(cursor, end, keySpan)
}

/** Reads a block scalar, which ends where a line begins; `column` is that of the map or list it lies in. */
export function readBlockScalar(
  cursor: Cursor,
  column: number,
  keySpan: Span | undefined,
): YamlNode | undefined {
  const { text, at } = cursor
  const style = text[at] === '|' ? SCALAR_STYLE.LITERAL_BLOCK : SCALAR_STYLE.FOLDED_BLOCK
  const mark = text[at + 1]
  const chomping =
    mark === '-' ? CHOMPING_MODE.STRIP : mark === '+' ? CHOMPING_MODE.KEEP : CHOMPING_MODE.CLIP
  const headerEnd = chomping === CHOMPING_MODE.CLIP ? at + 1 : at + 2
  if (text.charCodeAt(headerEnd) !== CODE.lf) return undefined
  let indent = -1
  let widestBlank = 0
  let line = headerEnd + 1
  while (line < text.length) {
    const content = skipSpaces(text, line)
    if (text.charCodeAt(content) === CODE.lf) {
      if (indent < 0) widestBlank = Math.max(widestBlank, content - line)
    } else {
      if (indent < 0) {
        indent = content - line
        if (indent <= column || indent < widestBlank) return undefined
      }
      if (content - line < indent) break
    }
    line = text.indexOf('\n', content) + 1
  }
  if (indent < 0) return undefined
  cursor.at = line
  return createScalar(
    cursor,
    at,
    line,
    keySpan,
    decode(text, headerEnd + 1, line, style, chomping, indent),
  )
}

/** What a scalar says that does not say it as it stands. */
function decode(
  text: string,
  valueStart: number,
  valueEnd: number,
  style: 1 | 2 | 3 | 4 | 5,
  chomping: 1 | 2 | 3 = CHOMPING_MODE.CLIP,
  indent = -1,
): string {
  const none = { anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 }
  return getScalarValue(text, {
    type: EVENT_ID.SCALAR,
    valueStart,
    valueEnd,
    ...none,
    style,
    chomping,
    indent,
    fast: false,
  })
}

function isGap(code: number): boolean {
  return code === CODE.space || code === CODE.lf
}

function codesOf(characters: string): Uint8Array {
  const codes = new Uint8Array(128)
  for (const each of characters) codes[each.charCodeAt(0)] = 1
  return codes
}
