import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { DiagnosticCode } from '../diagnostic/catalogue.ts'
import type { SourceFile } from '../source/source-file.ts'
import { readYaml } from './read-yaml.ts'
import type { YamlNode } from './yaml-node.ts'

export interface OneDocument {
  readonly root: YamlNode
  readonly value: unknown
}

/** Reads a file that holds one document and, save for empty ones, nothing else. */
export function readOneDocument(
  file: SourceFile,
  telling: {
    readonly empty: DiagnosticCode
    readonly second: DiagnosticCode
    /** `the bundle`. */
    readonly name: string
  },
): { document?: OneDocument; diagnostics: readonly Diagnostic[] } {
  const { documents, diagnostics } = readYaml(file)
  if (diagnostics.length > 0) return { diagnostics }
  const [first, second] = documents.filter(({ root }) => root !== undefined)
  if (first?.root === undefined) {
    const primary = { file, span: { start: 0, end: 0 } }
    return { diagnostics: [diagnostic(telling.empty, 'the file is empty', { primary })] }
  }
  if (second !== undefined) {
    const message = `a second document follows ${telling.name}`
    const { start } = second.span
    const primary = { file, span: { start, end: start + 1 } }
    return { diagnostics: [diagnostic(telling.second, message, { primary })] }
  }
  return { document: { root: first.root, value: first.value }, diagnostics: [] }
}
