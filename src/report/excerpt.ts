// The lines of source around a place, for outputs that draw their own frames.
import { printable } from '../diagnostic/printable.ts'
import { lineText, type SourceFile } from '../source/source-file.ts'
import type { ReportFinding } from './report.ts'

const CONTEXT_LINES = 2
/** Marked lines shown; of more than these, the first and the last ones. */
const MARKED_LINES = 8
/** UTF-16 units shown of a line, and of those how many before the mark. */
const LINE_UNITS = 300
const UNITS_BEFORE = 80

export interface ExcerptLine {
  readonly number: number
  readonly before: string
  /** Empty on the lines around the place. */
  readonly marked: string
  readonly after: string
  /** Whether lines are left out before this one. */
  readonly afterGap: boolean
}

export function excerptOf(
  file: SourceFile,
  place: Pick<ReportFinding, 'line' | 'column' | 'endLine' | 'endColumn'>,
): readonly ExcerptLine[] {
  const from = Math.max(1, place.line - CONTEXT_LINES)
  const to = Math.min(file.lineStarts.length, place.endLine + CONTEXT_LINES)
  const half = MARKED_LINES / 2
  const isLong = place.endLine - place.line + 1 > MARKED_LINES
  const lines: ExcerptLine[] = []
  for (let number = from; number <= to; number++) {
    const isLeftOut = isLong && number >= place.line + half && number <= place.endLine - half
    if (isLeftOut) continue
    const text = lineText(file, number)
    // The line after the last line break is none.
    if (number === file.lineStarts.length && text === '' && number > place.endLine) continue
    const isMarked = number >= place.line && number <= place.endLine
    const start = number === place.line ? place.column - 1 : indentOf(text)
    const end = number === place.endLine ? place.endColumn - 1 : text.length
    lines.push({
      number,
      ...(isMarked ? split(text, start, Math.max(start, end)) : split(text, 0, 0)),
      afterGap: isLong && number === place.endLine - half + 1,
    })
  }
  return lines
}

function split(
  text: string,
  start: number,
  end: number,
): Pick<ExcerptLine, 'before' | 'marked' | 'after'> {
  const from = text.length <= LINE_UNITS ? 0 : Math.max(0, start - UNITS_BEFORE)
  const to = Math.min(text.length, from + LINE_UNITS)
  return {
    before: `${from > 0 ? '…' : ''}${visible(text.slice(from, Math.max(from, start)))}`,
    marked: visible(text.slice(Math.max(from, start), Math.min(end, to))),
    after: `${visible(text.slice(Math.max(start, Math.min(end, to)), to))}${to < text.length ? '…' : ''}`,
  }
}

function visible(text: string): string {
  return text.split('\t').map(printable).join('    ')
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length
}
