// Cuts a stream into pieces that can be read on their own, so that a fault in one hides nothing in the others. As
// kubectl does, any line that begins with `---` ends a document; unlike kubectl, `...` does too, since what follows it
// is dropped there in silence, and a prologue of comments and directives stays with its document.
import type { SourceFile, Span } from '../source/source-file.ts'

export interface Chunk {
  readonly span: Span
  /** What stands after `---` or `...` on its line where kubectl allows only a comment. */
  readonly strayText?: Span
}

const DASH = 0x2d
const DOT = 0x2e

export function splitDocuments(file: SourceFile): Chunk[] {
  const { text, lineStarts } = file
  const chunks: Chunk[] = []
  let start = 0
  let prologue = true
  let strayText: Span | undefined
  const close = (end: number): void => {
    chunks.push(
      strayText === undefined ? { span: { start, end } } : { span: { start, end }, strayText },
    )
    start = end
    prologue = true
    strayText = undefined
  }
  for (let line = 0; line < lineStarts.length; line++) {
    const from = lineStarts[line] ?? 0
    if (from === text.length) break
    const first = text.charCodeAt(from)
    if (first === DASH && text.startsWith('---', from)) {
      if (!prologue) close(from)
      prologue = false
      strayText = findStrayText(text, from + 3, lineStarts[line + 1] ?? text.length)
    } else if (first === DOT && isDocumentEnd(text, from)) {
      strayText ??= findStrayText(text, from + 3, lineStarts[line + 1] ?? text.length)
      close(lineStarts[line + 1] ?? text.length)
    } else if (prologue && !isPrologue(text, from, lineStarts[line + 1] ?? text.length)) {
      prologue = false
    }
  }
  if (start < text.length) close(text.length)
  return chunks
}

function isDocumentEnd(text: string, from: number): boolean {
  return text.startsWith('...', from) && /^[ \t\r\n]?$/.test(text.charAt(from + 3))
}

function isPrologue(text: string, from: number, end: number): boolean {
  let offset = from
  while (offset < end && ' \t\r\n\uFEFF'.includes(text.charAt(offset))) offset++
  return offset === end || text[offset] === '#' || text[from] === '%'
}

function findStrayText(text: string, from: number, end: number): Span | undefined {
  const rest = text.slice(from, end)
  const content = rest.trimStart()
  if (content === '' || content.startsWith('#')) return undefined
  const start = from + rest.length - content.length
  return { start, end: start + content.trimEnd().length }
}
