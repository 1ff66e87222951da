// Values that end on their line, and block scalars, as the common style has them. Each function reads one at an offset, adds its
// events, and returns the offset behind it: -1 where the text is not of the common style. The text ends in a line feed.
import { CHOMPING_MODE, COLLECTION_STYLE, type Event, EVENT_ID, SCALAR_STYLE } from 'js-yaml'

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
/** Escapes of one character. */
const ESCAPES = codesOf('0abtnvfre "/\\N_LP')

export function pushScalar(
  events: Event[],
  start: number,
  end: number,
  style: 1 | 2 | 3 | 4 | 5,
  fast: boolean,
  chomping: 1 | 2 | 3 = CHOMPING_MODE.CLIP,
  indent = -1,
): void {
  events.push({
    type: EVENT_ID.SCALAR,
    valueStart: start,
    valueEnd: end,
    anchorStart: -1,
    anchorEnd: -1,
    tagStart: -1,
    tagEnd: -1,
    style,
    chomping,
    indent,
    fast,
  })
}

export function pushCollection(events: Event[], start: number, isMap: boolean, style: 1 | 2): void {
  events.push({
    type: isMap ? EVENT_ID.MAPPING : EVENT_ID.SEQUENCE,
    start,
    anchorStart: -1,
    anchorEnd: -1,
    tagStart: -1,
    tagEnd: -1,
    style,
  })
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

/** Adds a key, of which `endOfKey` gave the end. */
export function pushKey(events: Event[], text: string, at: number, end: number): void {
  const first = text.charCodeAt(at)
  if (first === DOUBLE) pushScalar(events, at + 1, end - 1, SCALAR_STYLE.DOUBLE_QUOTED, true)
  else if (first === SINGLE) pushScalar(events, at + 1, end - 1, SCALAR_STYLE.SINGLE_QUOTED, true)
  else pushScalar(events, at, end, SCALAR_STYLE.PLAIN, true)
}

/** Reads a value that stands in a block and ends on its line. */
export function readLineValue(events: Event[], text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case DOUBLE:
      return readDoubleQuoted(events, text, at)
    case SINGLE:
      return readSingleQuoted(events, text, at)
    case 0x5b:
    case 0x7b:
      return readFlow(events, text, at, 0)
    default:
      return readPlain(events, text, at)
  }
}

function readPlain(events: Event[], text: string, at: number): number {
  let code = text.charCodeAt(at)
  if (INDICATORS[code] === 1) return -1
  if (code === CODE.dash && isGap(text.charCodeAt(at + 1))) return -1
  let scan = at
  let end = at
  for (; code !== CODE.lf; code = text.charCodeAt(++scan)) {
    if (code === CODE.space) continue
    if (code === CODE.colon && isGap(text.charCodeAt(scan + 1))) return -1
    if (code === CODE.hash && text.charCodeAt(scan - 1) === CODE.space) break
    end = scan + 1
  }
  pushScalar(events, at, end, SCALAR_STYLE.PLAIN, true)
  return end
}

function readDoubleQuoted(events: Event[], text: string, at: number): number {
  let end = at + 1
  let fast = true
  for (let code = text.charCodeAt(end); code !== DOUBLE; code = text.charCodeAt(++end)) {
    if (code === CODE.lf) return -1
    if (code !== BACKSLASH) continue
    fast = false
    if (ESCAPES[text.charCodeAt(++end)] !== 1) return -1
  }
  pushScalar(events, at + 1, end, SCALAR_STYLE.DOUBLE_QUOTED, fast)
  return end + 1
}

function readSingleQuoted(events: Event[], text: string, at: number): number {
  let end = at + 1
  let fast = true
  for (;;) {
    const code = text.charCodeAt(end)
    if (code === CODE.lf) return -1
    if (code === SINGLE) {
      if (text.charCodeAt(end + 1) !== SINGLE) break
      fast = false
      end++
    }
    end++
  }
  pushScalar(events, at + 1, end, SCALAR_STYLE.SINGLE_QUOTED, fast)
  return end + 1
}

/** Deeper ones are left to js-yaml. */
const MAX_FLOW_DEPTH = 20

function readFlow(events: Event[], text: string, at: number, depth: number): number {
  const isMap = text.charCodeAt(at) === 0x7b
  const closing = isMap ? 0x7d : 0x5d
  if (depth > MAX_FLOW_DEPTH) return -1
  pushCollection(events, at, isMap, COLLECTION_STYLE.FLOW)
  let end = skipSpaces(text, at + 1)
  if (text.charCodeAt(end) !== closing) {
    for (;;) {
      if (isMap) {
        const colon = endOfKey(text, end)
        if (colon < 0) return -1
        pushKey(events, text, end, colon)
        end = skipSpaces(text, colon + 1)
      }
      end = readFlowValue(events, text, end, depth)
      if (end < 0) return -1
      end = skipSpaces(text, end)
      const code = text.charCodeAt(end)
      if (code === closing) break
      if (code !== COMMA) return -1
      end = skipSpaces(text, end + 1)
    }
  }
  events.push({ type: EVENT_ID.POP })
  return end + 1
}

function readFlowValue(events: Event[], text: string, at: number, depth: number): number {
  const code = text.charCodeAt(at)
  if (code === DOUBLE) return readDoubleQuoted(events, text, at)
  if (code === SINGLE) return readSingleQuoted(events, text, at)
  if (code === 0x5b || code === 0x7b) return readFlow(events, text, at, depth + 1)
  if (WORD_START[code] !== 1) return -1
  let end = at + 1
  for (;;) {
    while (WORD[text.charCodeAt(end)] === 1) end++
    // A colon within a word, as in `app:1.0`.
    if (text.charCodeAt(end) !== CODE.colon || WORD[text.charCodeAt(end + 1)] !== 1) break
    end++
  }
  pushScalar(events, at, end, SCALAR_STYLE.PLAIN, true)
  return end
}

/**
 * Reads a block scalar, whose indicator stands at an offset; `column` is that of the map or list it lies in. The offset
 * returned is where a line begins.
 */
export function readBlockScalar(events: Event[], text: string, at: number, column: number): number {
  const style = text[at] === '|' ? SCALAR_STYLE.LITERAL_BLOCK : SCALAR_STYLE.FOLDED_BLOCK
  const mark = text[at + 1]
  const chomping =
    mark === '-' ? CHOMPING_MODE.STRIP : mark === '+' ? CHOMPING_MODE.KEEP : CHOMPING_MODE.CLIP
  const headerEnd = chomping === CHOMPING_MODE.CLIP ? at + 1 : at + 2
  if (text.charCodeAt(headerEnd) !== CODE.lf) return -1
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
        if (indent <= column || indent < widestBlank) return -1
      }
      if (content - line < indent) break
    }
    line = text.indexOf('\n', content) + 1
  }
  if (indent < 0) return -1
  pushScalar(events, headerEnd + 1, line, style, false, chomping, indent)
  return line
}

function isGap(code: number): boolean {
  return code === CODE.space || code === CODE.lf
}

function codesOf(characters: string): Uint8Array {
  const codes = new Uint8Array(128)
  for (const each of characters) codes[each.charCodeAt(0)] = 1
  return codes
}
