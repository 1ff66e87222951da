// Every scalar of a document, with what the text at its place decodes to on its own.
import { createSourceFile, type Span } from '../../src/source/source-file.ts'
import { locate } from '../../src/yaml/locate.ts'
import { readYaml, type YamlDocument, type YamlNode } from '../../src/yaml/read-yaml.ts'
import type { ScalarValue } from '../../src/yaml/yaml-node.ts'

export interface LocatedScalar {
  readonly path: readonly (string | number)[]
  readonly node: YamlNode
  readonly decoded: ScalarValue | undefined
}

export function scalarsOf(text: string, document: YamlDocument): LocatedScalar[] {
  const { root } = document
  if (root === undefined) return []
  const found: LocatedScalar[] = []
  const walk = (node: YamlNode, path: readonly (string | number)[]): void => {
    for (const [key, child] of node.entries ?? []) walk(child, [...path, key])
    for (const [index, item] of (node.items ?? []).entries()) walk(item, [...path, index])
    if (node.kind !== 'scalar') return
    const { span } = locate(root, path)
    found.push({ path, node, decoded: decode(text, span, node.keySpan) })
  }
  walk(root, [])
  return found
}

/** Reads a piece of text as the value of a key that stands as deep as its own key or dash does. */
function decode(text: string, span: Span, keySpan: Span | undefined): ScalarValue | undefined {
  const piece = text.slice(span.start, span.end)
  if (piece === '') return null
  const lead = `${' '.repeat(holderColumn(text, span, keySpan))}k: `
  // A number, word or string of JSON is read by JSON's rules where the document is JSON.
  const json = /^\s*\{/.test(text) ? `{"k":${piece}}` : undefined
  for (const sample of [`${lead}${piece}`, json]) {
    if (sample === undefined) continue
    const { documents, diagnostics } = readYaml(createSourceFile('piece', sample))
    const scalar = documents[0]?.root?.entries?.get('k')?.scalar
    if (diagnostics.length === 0 && scalar !== undefined) return scalar
  }
  return undefined
}

/** The column of what the value must be indented deeper than: its key, the `:` after a `?`, or its dash. */
function holderColumn(text: string, span: Span, keySpan: Span | undefined): number {
  const column = columnOf(text, span.start)
  const before = text.slice(span.start - column, span.start)
  if (/^ *: +(?:[&!]\S+ +)*$/.test(before)) return before.indexOf(':')
  return keySpan === undefined
    ? Math.max(0, before.lastIndexOf('-'))
    : columnOf(text, keySpan.start)
}

function columnOf(text: string, offset: number): number {
  return (
    offset - 1 - Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1))
  )
}
