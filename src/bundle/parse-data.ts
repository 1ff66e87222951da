import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import type { JsonObject } from './bundle.ts'
import { isJsonObject } from './is-json-object.ts'
import { findInexact, type JsonText, readJson } from './read-json.ts'
import { labelAt, labelAtKey } from './place.ts'

/**
 * Reads what policies see below `data` beside themselves: `data.json` or `data.yaml`, or nothing. `taken` are the names
 * that policies and shared Rego have there.
 */
export function parseData(
  files: readonly SourceFile[],
  taken: readonly string[],
): { data: JsonObject; diagnostics: Diagnostic[] } {
  const [file, second] = files
  if (file === undefined) return { data: {}, diagnostics: [] }
  if (second !== undefined) {
    const message = `\`${second.path}\` stands beside \`${file.path}\`, and only one of them can be the data`
    const primary = { file: second, span: { start: 0, end: Math.min(1, second.text.length) } }
    return { data: {}, diagnostics: [diagnostic('bundle/invalid-value', message, { primary })] }
  }
  const { json, diagnostics } = file.path.endsWith('.json') ? readJson(file) : readYamlValue(file)
  if (json === undefined) return { data: {}, diagnostics }
  const place = { file, root: json.root, path: [] }
  const { value } = json
  if (!isJsonObject(value)) {
    const fault = diagnostic('bundle/wrong-type', 'the data must be a map', {
      primary: labelAt(place),
    })
    return { data: {}, diagnostics: [fault] }
  }
  const clashes = Object.keys(value).filter((key) => taken.includes(key))
  return {
    data: value,
    diagnostics: clashes.map((key) =>
      diagnostic('bundle/invalid-value', `\`${key}\` in the data is also a package`, {
        primary: labelAtKey(place, [], key),
      }),
    ),
  }
}

function readYamlValue(file: SourceFile): { json?: JsonText; diagnostics: Diagnostic[] } {
  const { documents, diagnostics } = readYaml(file)
  const full = documents.flatMap(({ root, value }) => (root === undefined ? [] : [{ root, value }]))
  const [document, second] = full
  if (diagnostics.length > 0 || document === undefined) return { diagnostics: [...diagnostics] }
  const fault = second?.root ?? findInexact(document.root)
  if (fault === undefined) return { json: document, diagnostics: [] }
  const message =
    second === undefined
      ? 'the number cannot be kept exactly'
      : 'a second document follows the data'
  const { start, end } = fault.span
  const span = { start, end: second === undefined ? end : start + 1 }
  return { diagnostics: [diagnostic('bundle/invalid-value', message, { primary: { file, span } })] }
}

// JSON by construction: it comes from readJson or readYaml.
