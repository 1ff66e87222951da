import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { readOneDocument } from '../yaml/read-one-document.ts'
import type { Binding, Exception } from './bundle.ts'
import { checkExceptions } from './check-exceptions.ts'
import { checkPartialBindings, readKey } from './partial-bindings.ts'
import { type KnownPolicy, parseBindings, policiesOf } from './parse-bindings.ts'
import { type Place } from './place.ts'
import { schemaFaults } from './schema-faults.ts'
import { bundleValidator, type WrittenBinding } from './validators.ts'

export interface BundleFile {
  readonly name: string
  /** As written: what `portcullis.json` will hold. */
  readonly written: readonly WrittenBinding[]
  readonly bindings: readonly Binding[]
  readonly exceptions: readonly Exception[]
}

/** Reads `bundle.yaml` with every fault in it; gives what it holds if it has none. */
export function parseBundleFile(
  file: SourceFile,
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): { bundle?: BundleFile; diagnostics: Diagnostic[] } {
  const { document, diagnostics } = readOneDocument(file, {
    empty: 'bundle/missing-key',
    second: 'bundle/invalid-value',
    name: 'the bundle',
  })
  if (document === undefined) return { diagnostics: [...diagnostics] }
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
  const { spec } = value
  const { bindings, diagnostics } = parseBindings(spec.bindings, at, policies)
  const exceptions = spec.exceptions ?? []
  diagnostics.push(
    ...checkExceptions(
      exceptions,
      { ...place, path: ['spec', 'exceptions'] },
      policiesOf(spec.bindings, policies),
    ),
  )
  if (diagnostics.length > 0) return { diagnostics }
  const { name } = value.metadata
  return { bundle: { name, written: spec.bindings, bindings, exceptions }, diagnostics }
}
