// Where things stand that have no offset in the parser's events: the indicator of a block scalar, a value without text,
// a closing bracket. `from` is the end of the token before, so nothing but space, comments and punctuation is passed.
import { SCALAR_STYLE, type ScalarEvent } from 'js-yaml'

/** Returns where the text of a scalar begins and ends, quotes and block indicator included. */
export function placeScalar(
  text: string,
  event: ScalarEvent,
  from: number,
): { readonly start: number; readonly end: number } {
  const { valueStart, valueEnd, style } = event
  const after = Math.max(from, event.tagEnd, event.anchorEnd)
  if (valueStart < 0) {
    const at = placeOfEmptyValue(text, after)
    return { start: at, end: at }
  }
  if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED) {
    return { start: valueStart - 1, end: valueEnd + 1 }
  }
  if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) {
    return { start: placeOfBlockIndicator(text, valueStart, after), end: valueEnd }
  }
  return { start: valueStart, end: valueEnd }
}

/** Returns the offset past the bracket that closes a flow collection. */
export function passBracket(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '}' && text[at] !== ']') {
    at = text[at] === '#' ? lineEnd(text, at) : at + 1
  }
  return Math.min(at + 1, text.length)
}

/** The first `|` or `>` on its line after whatever came before it there. */
function placeOfBlockIndicator(text: string, valueStart: number, after: number): number {
  let lineStart = valueStart - 1
  if (lineStart > 0 && text[lineStart] === '\n' && text[lineStart - 1] === '\r') lineStart--
  while (lineStart > 0 && !isBreak(text[lineStart - 1])) lineStart--
  let at = Math.max(lineStart, after)
  while (at < valueStart && text[at] !== '|' && text[at] !== '>') at++
  return at
}

/** Past the `:`, `-` or `?` that announces the value. */
function placeOfEmptyValue(text: string, from: number): number {
  let at = from
  for (;;) {
    if (isSpace(text[at])) at++
    else if (text[at] === '#' && at > 0 && isSpace(text[at - 1])) at = lineEnd(text, at)
    else break
  }
  return text[at] === ':' || text[at] === '-' || text[at] === '?' ? at + 1 : from
}

function lineEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && !isBreak(text[at])) at++
  return at
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || isBreak(character)
}

function isBreak(character: string | undefined): boolean {
  return character === '\n' || character === '\r'
}
