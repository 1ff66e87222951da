// A folder of policies and its bundle.yaml to an archive. Every stage that still makes sense runs, so that one run tells all
// faults; with any error there is no archive.
import { createHash } from 'node:crypto'
import type { JsonObject, Policy } from '../../bundle/bundle.ts'
import { entrypointOf, type PolicySource } from '../../bundle/describe-policies.ts'
import { parseBundleFile } from '../../bundle/parse-bundle-file.ts'
import { readBundle } from '../../bundle/read-bundle.ts'
import { writeBundle } from '../../bundle/write-bundle.ts'
import type { Annotations } from '../../compiler/annotations.ts'
import type { Compiler } from '../../compiler/compiler.ts'
import { type Diagnostic, diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import { loadEngine } from '../../policy/engine.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../policy/engine-options.ts'
import { type CompiledPolicies, compilePolicies, type FolderSources } from './compile-policies.ts'
import { pathBelow } from '../path-below.ts'

export interface BuildOutcome {
  readonly archive?: Uint8Array
  readonly diagnostics: readonly Diagnostic[]
}

/** Gives the archive, or every fault of its sources: those of the Rego, of the policies' METADATA and of bundle.yaml. */
export function buildBundle(sources: FolderSources, compiler: Compiler): BuildOutcome {
  const compiled = compilePolicies(sources, compiler)
  const { bundle, ...parsed } =
    compiled.bundleFile === undefined
      ? { bundle: undefined, diagnostics: [noBundleFile(sources.directory)] }
      : parseBundleFile(compiled.bundleFile, compiled.policies)
  const diagnostics = [...compiled.diagnostics, ...parsed.diagnostics]
  const policies: Policy[] = [...compiled.policies.values()].flatMap((each) => each?.policy ?? [])
  if (hasErrors(diagnostics) || bundle === undefined || compiled.wasm === undefined) {
    return { diagnostics }
  }
  const archive = writeBundle({
    name: bundle.name,
    policies: policies.map((each) => ({
      ...each,
      sourceDigest: digestSource(each, compiled, sources.directory),
    })),
    bindings: bundle.written,
    exceptions: bundle.exceptions,
    wasm: compiled.wasm,
    data: compiled.data,
    annotations: manifestAnnotations(compiled.sources, compiled.annotations),
  })
  diagnostics.push(...checkArchive(archive, sources.directory))
  return hasErrors(diagnostics) ? { diagnostics } : { archive, diagnostics }
}

function noBundleFile(directory: string): Diagnostic {
  const message = `the directory \`${directory}\` has no \`bundle.yaml\``
  return diagnostic('bundle/missing-file', message)
}

/** Over the Rego of the policy's folder, and all that lies in no policy's folder: any policy may use that. */
function digestSource(
  { name }: Policy,
  { rego, sources }: CompiledPolicies,
  directory: string,
): string {
  const others = new Set(sources.map((each) => each.name).filter((each) => each !== name))
  const hash = createHash('sha256')
  for (const { path, text } of rego) {
    const below = pathBelow(directory, path)
    const [folder = ''] = below.split('/')
    if (!others.has(folder)) hash.update(JSON.stringify([below, text]))
  }
  return `sha256:${hash.digest('hex')}`
}

/** By entrypoint, in the form of OPA's manifest. */
function manifestAnnotations(
  policies: readonly PolicySource[],
  annotations: readonly Annotations[],
): Map<string, JsonObject[]> {
  return new Map(
    policies.map(({ name }) => {
      const entrypoint = entrypointOf(name)
      const own = annotations.filter(({ path }) => path.join('/') === entrypoint)
      return [entrypoint, own.map(toManifest)]
    }),
  )
}

function toManifest({ scope, title, description, entrypoint }: Annotations): JsonObject {
  return {
    scope,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
  }
}

/** What is built is read again as any reader will, so that nothing leaves here that does not load. */
function checkArchive(archive: Uint8Array, directory: string): readonly Diagnostic[] {
  const { bundle, diagnostics } = readBundle(archive, directory)
  if (bundle === undefined || hasErrors(diagnostics)) return diagnostics
  return loadEngine(bundle, DEFAULT_ENGINE_OPTIONS).diagnostics
}
