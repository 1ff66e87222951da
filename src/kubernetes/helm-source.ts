import type { SourceFile } from '../source/source-file.ts'

const COMMENT_OR_SPACE = /^[ \t\uFEFF]*(?:#.*)?$/
const SOURCE = /^# Source: ([^\s/\\][^\\]*?)[ \t]*$/

/**
 * Returns the chart's file that a document was rendered from, `shop/templates/web.yaml`, as the comment says that
 * `helm template` writes above it; undefined where there is none, or one that names no file below a chart. `start` is
 * where the document's content begins: the search goes up from there, as far as there are comments.
 */
export function helmSource(file: SourceFile, start: number): string | undefined {
  const { text } = file
  let end = text.lastIndexOf('\n', start - 1)
  if (text.slice(end + 1, start).trim() !== '') return undefined
  while (end > 0) {
    const from = text.lastIndexOf('\n', end - 1) + 1
    const line = text.slice(from, text[end - 1] === '\r' ? end - 1 : end)
    const path = SOURCE.exec(line)?.[1]
    if (path !== undefined) return path.split('/').includes('..') ? undefined : path
    if (!COMMENT_OR_SPACE.test(line)) return undefined
    end = from - 1
  }
  return undefined
}
