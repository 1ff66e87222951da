import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import type { Binding } from './bundle.ts'
import { checkPartialBindings, readKey } from './partial-bindings.ts'
import { type KnownPolicy, parseBindings } from './parse-bindings.ts'
import { type Place } from './place.ts'
import { schemaFaults } from './schema-faults.ts'
import { bundleValidator, type WrittenBinding } from './validators.ts'

export interface BundleFile {
  readonly name: string
  /** As written: what `portcullis.json` will hold. */
  readonly written: readonly WrittenBinding[]
  readonly bindings: readonly Binding[]
}

/** Reads `bundle.yaml` with every fault in it; gives what it holds if it has none. */
export function parseBundleFile(
  file: SourceFile,
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): { bundle?: BundleFile; diagnostics: Diagnostic[] } {
  const { documents, diagnostics: faults } = readYaml(file)
  if (faults.length > 0) return { diagnostics: [...faults] }
  const full = documents.filter(({ root }) => root !== undefined)
  const [document, second] = full
  if (document?.root === undefined) {
    const message = 'the file is empty'
    const primary = { file, span: { start: 0, end: 0 } }
    return { diagnostics: [diagnostic('bundle/missing-key', message, { primary })] }
  }
  if (second !== undefined) {
    const message = 'a second document follows the bundle'
    const start = second.span.start
    const primary = { file, span: { start, end: start + 1 } }
    return { diagnostics: [diagnostic('bundle/invalid-value', message, { primary })] }
  }
  return checkBundle(document.value, { file, root: document.root, path: [] }, policies)
}

function checkBundle(
  value: unknown,
  place: Place,
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): { bundle?: BundleFile; diagnostics: Diagnostic[] } {
  const isBundle = bundleValidator()
  const at = { ...place, path: ['spec', 'bindings'] }
  if (!isBundle(value)) {
    return {
      diagnostics: [
        ...schemaFaults(isBundle.errors ?? [], place),
        ...checkPartialBindings(readKey(readKey(value, 'spec'), 'bindings'), at, policies),
      ],
    }
  }
  const { bindings, diagnostics } = parseBindings(value.spec.bindings, at, policies)
  if (diagnostics.length > 0) return { diagnostics }
  const { name } = value.metadata
  return { bundle: { name, written: value.spec.bindings, bindings }, diagnostics }
}
