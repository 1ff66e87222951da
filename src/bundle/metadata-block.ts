// The places inside a `# METADATA` block. Its YAML lies in comments; with the comment signs, and all that stands before
// them, turned into spaces, the rest keeps its offsets, and places in the YAML are places in the Rego.
import { createSourceFile, type SourceFile, type Span } from '../source/source-file.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import type { YamlDocument } from '../yaml/yaml-node.ts'

/** Gives the YAML of the block at a span, or undefined where it is empty or cannot be read. */
export function readMetadataBlock(file: SourceFile, span: Span): YamlDocument | undefined {
  const before = blank(file.text.slice(0, span.start))
  const lines = file.text.slice(span.start, span.end).split(/(?<=\n)/)
  const block = lines.map((line, index) => {
    if (index === 0) return blank(line)
    const sign = /^\s*#/.exec(line)?.[0] ?? ''
    return blank(sign) + line.slice(sign.length)
  })
  const masked = createSourceFile(file.path, before + block.join(''))
  const { documents, diagnostics } = readYaml(masked)
  const document = documents.find(({ root }) => root !== undefined)
  return diagnostics.length > 0 ? undefined : document
}

function blank(text: string): string {
  return text.replaceAll(/[^\r\n]/g, ' ')
}
