// JSON of an archive: one value, no key twice, no number that would change on the way in.
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { readJsonStream } from '../yaml/read-json.ts'
import { toValue, type YamlNode } from '../yaml/yaml-node.ts'

export interface JsonText {
  readonly value: unknown
  readonly root: YamlNode
}

export function readJson(file: SourceFile): { json?: JsonText; diagnostics: Diagnostic[] } {
  const { roots, diagnostics, failure } = readJsonStream(file, 0, file.text.length)
  const fault = (message: string, start: number, end = start + 1) => {
    const length = file.text.length
    const span = { start: Math.min(start, length), end: Math.min(end, length) }
    return diagnostic('bundle/syntax', message, { primary: { file, span } })
  }
  if (failure !== undefined)
    return { diagnostics: [...diagnostics, fault(failure.message, failure.offset)] }
  const [root, second] = roots
  if (root === undefined) return { diagnostics: [fault('the file is empty', 0)] }
  if (second !== undefined) {
    return { diagnostics: [fault('a second value follows the first', second.span.start)] }
  }
  if (diagnostics.length > 0) return { diagnostics: [...diagnostics] }
  const inexact = findInexact(root)
  if (inexact !== undefined) {
    const { start, end } = inexact.span
    return { diagnostics: [fault('the number cannot be kept exactly', start, end)] }
  }
  return { json: { value: toValue(root), root }, diagnostics: [] }
}

/** An integer past 2^53 would reach the policy as another one. */
export function findInexact(node: YamlNode): YamlNode | undefined {
  if (typeof node.scalar === 'bigint') return node
  for (const child of node.entries?.values() ?? node.items ?? []) {
    const found = findInexact(child)
    if (found !== undefined) return found
  }
  return undefined
}
