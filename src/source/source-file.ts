/** A half-open range of UTF-16 offsets into a file's text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A text and the name by which a person knows it. */
export interface SourceFile {
  /** As the user wrote it on the command line, or `archive!member`; `<stdin>` for standard input. */
  readonly path: string
  readonly text: string
  /** Offsets at which lines begin; a line ends at LF, CRLF or a lone CR. */
  readonly lineStarts: readonly number[]
}

/** Line and column start at 1; columns count UTF-16 code units, as SARIF and LSP do by default. */
export interface Position {
  readonly line: number
  readonly column: number
}

export function createSourceFile(path: string, text: string): SourceFile {
  return { path, text, lineStarts: findLineStarts(text) }
}

export function positionAt(file: SourceFile, offset: number): Position {
  let low = 0
  let high = file.lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((file.lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (file.lineStarts[low] ?? 0) + 1 }
}

/** Returns the offset of a line and column that count from 1, kept within the text. */
export function offsetAt(file: SourceFile, position: Position): number {
  const start = file.lineStarts[position.line - 1] ?? file.text.length
  return Math.min(start + position.column - 1, file.text.length)
}

/** Returns a line's text without its line break. */
export function lineText(file: SourceFile, line: number): string {
  const start = file.lineStarts[line - 1]
  if (start === undefined) return ''
  const end = file.lineStarts[line] ?? file.text.length
  return file.text.slice(start, end).replace(/[\r\n]+$/, '')
}

function findLineStarts(text: string): number[] {
  const starts = [0]
  // Nearly no text has another, and a search for one character is many times as fast as a look at each.
  if (!text.includes('\r')) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    return starts
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x0a || (unit === 0x0d && text.charCodeAt(i + 1) !== 0x0a)) starts.push(i + 1)
  }
  return starts
}
