// js-yaml keeps to YAML 1.2: what lies inside brackets or quotes must be indented deeper than the block around it. The
// API server's reader does not ask for that, and manifests that end a list with `]` under its key are common. So where
// that alone is at fault, the line is indented for the parser, which cannot change a value, and offsets are mapped back.
import { type Event, parseEvents, YAMLException } from 'js-yaml'

import { MAX_DEPTH } from './limits.ts'

/** Each line that is indented costs a parse: bounds on both. */
const MAX_INDENTED_LINES = 256
const MAX_PARSED_CHARACTERS = 32 * 1024 * 1024
const MAX_PADDING = 1000

export interface ParsedText {
  /** What the events' offsets refer to. */
  readonly text: string
  readonly events: readonly Event[]
  /** Turns an offset of `text` into one of the text as it was given. */
  readonly originalOffset: (offset: number) => number
}

/** @throws YAMLException with its mark in the text as given. */
export function parseText(given: string): ParsedText {
  let text = given
  let parsed = 0
  const paddings: Padding[] = []
  for (;;) {
    try {
      const events = parseEvents(text, { maxDepth: MAX_DEPTH })
      return { text, events, originalOffset: mapThrough(paddings) }
    } catch (fault) {
      if (!(fault instanceof YAMLException)) throw fault
      parsed += text.length
      const position = fault.mark?.position ?? 0
      const lineStart = position - (fault.mark?.column ?? 0)
      const spent = paddings.length >= MAX_INDENTED_LINES || parsed > MAX_PARSED_CHARACTERS
      const done = paddings.some((padding) => padding.at === lineStart)
      if (fault.reason !== 'deficient indentation' || spent || done || hasTab(text, lineStart)) {
        throw atOriginal(fault, mapThrough(paddings)(position))
      }
      const length = Math.min(MAX_PADDING, longestLine(text.slice(0, lineStart)))
      text = `${text.slice(0, lineStart)}${' '.repeat(length)}${text.slice(lineStart)}`
      paddings.push({ at: lineStart, length })
    }
  }
}

/** Spaces put in at an offset of the padded text; they come in ascending order. */
interface Padding {
  readonly at: number
  readonly length: number
}

function mapThrough(paddings: readonly Padding[]): (offset: number) => number {
  if (paddings.length === 0) return (offset) => offset
  return (offset) => {
    let removed = 0
    for (const { at, length } of paddings) {
      if (at >= offset) break
      removed += Math.min(length, offset - at)
    }
    return offset - removed
  }
}

function atOriginal(fault: YAMLException, position: number): YAMLException {
  return fault.mark === undefined
    ? fault
    : new YAMLException(fault.reason, { ...fault.mark, position })
}

function hasTab(text: string, lineStart: number): boolean {
  return /[^\r\n]*\t/y.test(text.slice(lineStart, lineStart + 10_000))
}

function longestLine(text: string): number {
  let longest = 0
  for (const line of text.split(/\r\n?|\n/)) longest = Math.max(longest, line.length)
  return longest + 1
}
