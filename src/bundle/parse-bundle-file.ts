import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { readYaml, type YamlNode } from '../yaml/read-yaml.ts'
import type { Binding } from './bundle.ts'
import { type KnownPolicy, parseBindings } from './parse-bindings.ts'
import { nodeAt, type Path, type Place, schemaFaults } from './schema-faults.ts'
import { bindingValidator, bundleValidator, type WrittenBinding } from './validators.ts'

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
  const valid = isBundle(value)
  if (!valid) {
    return {
      diagnostics: [
        ...schemaFaults(isBundle.errors ?? [], place),
        ...checkSoundBindings(value, place, ['spec', 'bindings'], policies),
      ],
    }
  }
  const at = { ...place, path: ['spec', 'bindings'] }
  const { bindings, diagnostics } = parseBindings(value.spec.bindings, at, policies)
  if (diagnostics.length > 0) return { diagnostics }
  const { name } = value.metadata
  return { bundle: { name, written: value.spec.bindings, bindings }, diagnostics }
}

/** Of a list that its schema refuses, still checks the bindings that have no fault in their form. */
export function checkSoundBindings(
  value: unknown,
  place: Place,
  path: Path,
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): Diagnostic[] {
  const list = valueAt(value, path)
  const node = nodeAt(place.root, [...place.path, ...path])
  if (!Array.isArray(list) || node?.items === undefined) return []
  const isBinding = bindingValidator()
  const sound: WrittenBinding[] = []
  const items: YamlNode[] = []
  for (const [index, each] of list.entries()) {
    const item = node.items[index]
    if (item === undefined || !isBinding(each)) continue
    sound.push(each)
    items.push(item)
  }
  // The items keep their places; only their indices are those of the sound ones.
  const root: YamlNode = { ...node, items }
  return parseBindings(sound, { file: place.file, root, path: [] }, policies).diagnostics
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = Object.entries(at).find(([key]) => key === String(part))?.[1]
  }
  return at
}
