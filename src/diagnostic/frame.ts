// The piece of source that a message points at:
//
//    |
// 14 |       parameters: { label: [owner] }
//    |                     ^^^^^ did you mean `labels`?
import { lineText, positionAt, type SourceFile, type Span } from '../source/source-file.ts'
import { type Ink, paint, type Style } from './paint.ts'
import { displayWidth, printable } from './printable.ts'

const TAB_WIDTH = 4
/** UTF-16 units of a line shown before and after the start of a span; the rest is cut. */
const UNITS_BEFORE = 60
const UNITS_AFTER = 100

export interface FrameOptions extends Style {
  /** Columns of the line numbers; as many as this frame needs where absent. */
  readonly gutter?: number
  readonly marker?: '^' | '-'
  readonly ink?: Ink
}

/** Returns how many columns the line numbers of a span take. */
export function gutterWidth(file: SourceFile, span: Span): number {
  return String(lastPosition(file, span).line).length
}

/** Returns the frame's lines without a break at the end; `note` stands behind the marks. */
export function renderFrame(
  file: SourceFile,
  span: Span,
  note: string | undefined,
  style: FrameOptions,
): string {
  const first = positionAt(file, span.start)
  const last = lastPosition(file, span)
  const gutter = style.gutter ?? gutterWidth(file, span)
  const bar = (label: string): string => paint(`${label.padStart(gutter)} |`, 'blue', style)
  const marks = (padding: number, width: number, text: string | undefined): string => {
    const marker = (style.marker ?? '^').repeat(Math.max(1, width))
    const tail = text === undefined || text === '' ? '' : ` ${printable(text)}`
    return `${bar('')} ${' '.repeat(padding)}${paint(`${marker}${tail}`, style.ink ?? 'red', style)}`
  }
  const source = (line: number, shown: string): string => `${bar(String(line))} ${shown}`.trimEnd()

  const text = lineText(file, first.line)
  if (first.line === last.line) {
    const cut = cutLine(text, first.column - 1, last.column - 1)
    return [bar(''), source(first.line, cut.text), marks(cut.padding, cut.width, note)].join('\n')
  }
  const opening = cutLine(text, first.column - 1, text.length)
  const lastText = lineText(file, last.line)
  const indent = lastText.length - lastText.trimStart().length
  const closing = cutLine(lastText, Math.min(indent, last.column - 1), last.column - 1)
  return [
    bar(''),
    source(first.line, opening.text),
    marks(opening.padding, opening.width, undefined),
    ...(last.line > first.line + 1 ? [paint('...', 'blue', style)] : []),
    source(last.line, closing.text),
    marks(closing.padding, closing.width, note),
  ].join('\n')
}

/** The position of a span's last character, one past it: a span that ends with line breaks ends before them. */
function lastPosition(file: SourceFile, span: Span): { line: number; column: number } {
  let { end } = span
  while (end > span.start && '\r\n'.includes(file.text.charAt(end - 1))) end--
  const last = positionAt(file, Math.max(span.start, end - 1))
  return { line: last.line, column: last.column + (end > span.start ? 1 : 0) }
}

interface CutLine {
  readonly text: string
  /** Columns before the marks, and under the span. */
  readonly padding: number
  readonly width: number
}

function cutLine(line: string, start: number, end: number): CutLine {
  const from =
    line.length <= UNITS_BEFORE + UNITS_AFTER ? 0 : wholeCharacter(line, start - UNITS_BEFORE)
  const to =
    line.length <= UNITS_BEFORE + UNITS_AFTER
      ? line.length
      : wholeCharacter(line, Math.max(start, from) + UNITS_AFTER)
  const before = from > 0 ? '…' : ''
  const lead = expand(line.slice(from, Math.max(from, start)), before.length)
  const under = expand(line.slice(Math.max(from, start), Math.min(end, to)), lead.width)
  const rest = expand(line.slice(Math.max(from, Math.min(end, to)), to), under.width)
  const after = to < line.length ? '…' : ''
  return {
    text: before + lead.text + under.text + rest.text + after,
    padding: lead.width,
    width: under.width - lead.width,
  }
}

/** Makes a text fit to show from a column on; `width` is the column after it. */
function expand(text: string, column: number): { text: string; width: number } {
  let shown = ''
  let width = column
  for (const character of text) {
    if (character === '\t') {
      const spaces = TAB_WIDTH - (width % TAB_WIDTH)
      shown += ' '.repeat(spaces)
      width += spaces
      continue
    }
    const safe = printable(character)
    shown += safe
    width += safe === character ? displayWidth(character) : safe.length
  }
  return { text: shown, width }
}

function wholeCharacter(line: string, at: number): number {
  const inside = Math.max(0, Math.min(at, line.length))
  const unit = line.charCodeAt(inside)
  return unit >= 0xdc00 && unit <= 0xdfff ? inside + 1 : inside
}
