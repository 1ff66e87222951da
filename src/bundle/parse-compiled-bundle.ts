import { type Diagnostic, diagnostic, type Label } from '../diagnostic/diagnostic.ts'
import { nearest } from '../diagnostic/suggest.ts'
import type { SourceFile } from '../source/source-file.ts'
import type { Binding, Policy } from './bundle.ts'
import { checkExceptions } from './check-exceptions.ts'
import { findDuplicates } from './find-duplicates.ts'
import { NO_PARAMETERS, ParameterCheckers } from './parameter-checker.ts'
import { type KnownPolicy, parseBindings, policiesOf } from './parse-bindings.ts'
import { checkPartialBindings, readKey } from './partial-bindings.ts'
import { readJson } from './read-json.ts'
import { labelAt, type Place } from './place.ts'
import { didYouMean, schemaFaults } from './schema-faults.ts'
import {
  type CompiledBundle,
  compiledBundleValidator,
  type Manifest,
  manifestValidator,
  type WrittenPolicy,
} from './validators.ts'

export interface ParsedBundle {
  readonly written: CompiledBundle
  readonly place: Place
  readonly policies: readonly Policy[]
  readonly bindings: readonly Binding[]
}

/** Reads `portcullis.json` with every fault in it; gives what it holds if it has none. */
export function parseCompiledBundle(file: SourceFile): {
  bundle?: ParsedBundle
  diagnostics: Diagnostic[]
} {
  const { json, diagnostics: faults } = readJson(file)
  if (json === undefined) return { diagnostics: faults }
  const place: Place = { file, root: json.root, path: [] }
  const isBundle = compiledBundleValidator()
  const { value } = json
  if (!isBundle(value)) {
    return {
      diagnostics: [
        ...schemaFaults(isBundle.errors ?? [], place),
        ...checkPartialBindings(
          readKey(value, 'bindings'),
          { ...place, path: ['bindings'] },
          knownNames(value),
        ),
      ],
    }
  }
  const { known, policies, diagnostics } = parsePolicies(value.policies, {
    ...place,
    path: ['policies'],
  })
  const parsed = parseBindings(value.bindings, { ...place, path: ['bindings'] }, known)
  diagnostics.push(
    ...parsed.diagnostics,
    ...checkExceptions(
      value.exceptions ?? [],
      { ...place, path: ['exceptions'] },
      policiesOf(value.bindings, known),
    ),
  )
  if (diagnostics.length > 0) return { diagnostics }
  return { bundle: { written: value, place, policies, bindings: parsed.bindings }, diagnostics }
}

function parsePolicies(written: readonly WrittenPolicy[], place: Place) {
  const diagnostics = [
    ...findDuplicates(written, 'name', place, 'bundle/duplicate-policy', 'policies'),
    ...findDuplicates(written, 'entrypoint', place, 'bundle/duplicate-policy', 'policies'),
  ]
  const checkers = new ParameterCheckers()
  const known = new Map<string, KnownPolicy | undefined>()
  const policies: Policy[] = []
  for (const [index, each] of written.entries()) {
    const policy: Policy = {
      ...each,
      relatedResources: each.relatedResources ?? [],
      parameterSchema: each.parameterSchema ?? NO_PARAMETERS,
    }
    const at = { ...place, path: [...place.path, index, 'parameterSchema'] }
    const { checker, diagnostics: faults } = checkers.compile(each.name, policy.parameterSchema, at)
    diagnostics.push(...faults)
    const declared: Label = labelAt(at, [], 'the parameters of the policy')
    known.set(
      each.name,
      checker === undefined ? undefined : { name: each.name, policy, checker, declared },
    )
    policies.push(policy)
  }
  return { known, policies, diagnostics }
}

/** Names alone, so that a fault of form elsewhere hides no binding that names a policy that is not there. */
function knownNames(value: unknown): Map<string, undefined> {
  const names = new Map<string, undefined>()
  const policies = readKey(value, 'policies')
  for (const each of Array.isArray(policies) ? policies : []) {
    const name = readKey(each, 'name')
    if (typeof name === 'string') names.set(name, undefined)
  }
  return names
}

/** Reads `.manifest`, and holds its entrypoints against those of the policies, if these could be read. */
export function parseManifest(
  file: SourceFile,
  bundle: ParsedBundle | undefined,
): { manifest?: Manifest; diagnostics: Diagnostic[] } {
  const { json, diagnostics: faults } = readJson(file)
  if (json === undefined) return { diagnostics: faults }
  const place: Place = { file, root: json.root, path: [] }
  const isManifest = manifestValidator()
  const { value } = json
  if (!isManifest(value)) return { diagnostics: schemaFaults(isManifest.errors ?? [], place) }
  const diagnostics = bundle === undefined ? [] : checkEntrypoints(value, place, bundle)
  return diagnostics.length > 0 ? { diagnostics } : { manifest: value, diagnostics }
}

function checkEntrypoints(manifest: Manifest, place: Place, bundle: ParsedBundle): Diagnostic[] {
  const listed = manifest.wasm.map(({ entrypoint }) => entrypoint)
  const wanted = bundle.policies.map(({ entrypoint }) => entrypoint)
  const diagnostics: Diagnostic[] = []
  for (const [index, entrypoint] of wanted.entries()) {
    if (listed.includes(entrypoint)) continue
    diagnostics.push(
      diagnostic(
        'bundle/unknown-entrypoint',
        `\`${entrypoint}\` is no entrypoint of the manifest`,
        {
          primary: labelAt(
            bundle.place,
            ['policies', index, 'entrypoint'],
            didYouMean(nearest(entrypoint, listed)),
          ),
          related: [labelAt(place, ['wasm'], 'the entrypoints of the module')],
        },
      ),
    )
  }
  for (const [index, entrypoint] of listed.entries()) {
    const repeated = listed.indexOf(entrypoint) !== index
    if (wanted.includes(entrypoint) && !repeated) continue
    const message = repeated
      ? `the entrypoint \`${entrypoint}\` is there twice`
      : `no policy of portcullis.json has the entrypoint \`${entrypoint}\``
    const primary = labelAt(place, ['wasm', index, 'entrypoint'])
    diagnostics.push(diagnostic('bundle/unknown-entrypoint', message, { primary }))
  }
  return diagnostics
}
