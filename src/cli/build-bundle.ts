// A folder of policies and its bundle.yaml to an archive. Every stage that still makes sense runs, so that one run tells all
// faults; with any error there is no archive.
import { BUILTINS } from '../builtins/builtins.ts'
import type { JsonObject, Policy } from '../bundle/bundle.ts'
import {
  checkPolicySource,
  describePolicies,
  entrypointOf,
  packageOf,
  type PolicySource,
} from '../bundle/describe-policies.ts'
import { parseBundleFile } from '../bundle/parse-bundle-file.ts'
import { parseData } from '../bundle/parse-data.ts'
import { readBundle } from '../bundle/read-bundle.ts'
import { writeBundle } from '../bundle/write-bundle.ts'
import type { Annotations } from '../compiler/annotations.ts'
import type { BuildResult, Compiler } from '../compiler/compiler.ts'
import { type Diagnostic, diagnostic, hasErrors, type Label } from '../diagnostic/diagnostic.ts'
import { loadEngine } from '../policy/engine.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../policy/engine-options.ts'
import type { SourceFile } from '../source/source-file.ts'

export interface BundleSources {
  readonly directory: string
  /** Paths begin with the directory, or are relative to it. */
  readonly files: readonly SourceFile[]
}

export interface BuildOutcome {
  readonly archive?: Uint8Array
  readonly diagnostics: readonly Diagnostic[]
}

/** Gives the archive, or every fault of its sources: those of the Rego, of the policies' METADATA and of bundle.yaml. */
export function buildBundle(sources: BundleSources, compiler: Compiler): BuildOutcome {
  const files = sortFiles(sources)
  const diagnostics = checkFiles(files, sources.directory)
  const unfit = new Set<PolicySource>()
  for (const policy of files.policies) {
    const faults = checkPolicySource(policy)
    if (faults.length > 0) unfit.add(policy)
    diagnostics.push(...faults)
  }
  const fit = files.policies.filter((each) => !unfit.has(each))
  const compiled = compile(files, fit, compiler)
  diagnostics.push(...compiled.diagnostics)
  const data = parseData(files.data, [...files.policies.map(({ name }) => packageOf(name)), 'lib'])
  diagnostics.push(...data.diagnostics)

  const described = describe(fit, compiled)
  diagnostics.push(...described.diagnostics)
  for (const { name } of unfit) described.policies.set(name, undefined)
  const { bundle, ...parsed } =
    files.bundle === undefined
      ? { bundle: undefined, diagnostics: [] }
      : parseBundleFile(files.bundle, described.policies)
  diagnostics.push(...parsed.diagnostics)

  const policies: Policy[] = [...described.policies.values()].flatMap((each) => each?.policy ?? [])
  if (hasErrors(diagnostics) || bundle === undefined || compiled.wasm === undefined) {
    return { diagnostics }
  }
  const archive = writeBundle({
    name: bundle.name,
    policies,
    bindings: bundle.written,
    exceptions: bundle.exceptions,
    wasm: compiled.wasm,
    data: data.data,
    annotations: manifestAnnotations(fit, compiled.annotations),
  })
  diagnostics.push(...checkArchive(archive, sources.directory))
  return hasErrors(diagnostics) ? { diagnostics } : { archive, diagnostics }
}

interface SortedFiles {
  readonly bundle: SourceFile | undefined
  readonly data: readonly SourceFile[]
  /** The Rego, by its path below the directory. */
  readonly rego: ReadonlyMap<string, SourceFile>
  readonly policies: readonly PolicySource[]
}

function sortFiles({ directory, files }: BundleSources): SortedFiles {
  const byPath = new Map(files.map((file) => [relativePath(directory, file.path), file]))
  const paths = [...byPath.keys()].toSorted()
  const rego = new Map<string, SourceFile>()
  const policies: PolicySource[] = []
  for (const path of paths) {
    const file = byPath.get(path)
    if (file === undefined || !isPolicyRego(path)) continue
    rego.set(path, file)
    const [folder, name, ...rest] = path.split('/')
    if (folder !== undefined && folder !== 'lib' && name === 'policy.rego' && rest.length === 0) {
      policies.push({ name: folder, file })
    }
  }
  const data = ['data.json', 'data.yaml'].flatMap((path) => byPath.get(path) ?? [])
  return { bundle: byPath.get('bundle.yaml'), data, rego, policies }
}

/** Tests are no part of a bundle, and what lies among samples is input, whatever its name. */
function isPolicyRego(path: string): boolean {
  return (
    path.endsWith('.rego') && !path.endsWith('_test.rego') && !path.split('/').includes('samples')
  )
}

function relativePath(directory: string, path: string): string {
  const normal = path.replaceAll('\\', '/')
  const prefix = `${directory.replaceAll('\\', '/').replace(/\/+$/, '')}/`
  if (normal.startsWith(prefix)) return normal.slice(prefix.length)
  return normal.replace(/^\.\//, '')
}

function checkFiles({ bundle, policies }: SortedFiles, directory: string): Diagnostic[] {
  const missing = (what: string) =>
    diagnostic('bundle/missing-file', `the directory \`${directory}\` has no ${what}`)
  return [
    ...(bundle === undefined ? [missing('`bundle.yaml`')] : []),
    ...(policies.length === 0 ? [missing('policy, which would be `<name>/policy.rego`')] : []),
  ]
}

/**
 * Compiles with paths below the directory: the module holds them, and its bytes must not depend on where the directory
 * lies. Places come back in the files as the user knows them.
 */
function compile(
  files: SortedFiles,
  policies: readonly PolicySource[],
  compiler: Compiler,
): BuildResult {
  if (policies.length === 0) return { annotations: [], diagnostics: [] }
  const originals = new Map<SourceFile, SourceFile>()
  const sources = [...files.rego].map(([path, file]) => {
    const relative = { ...file, path }
    originals.set(relative, file)
    return relative
  })
  const original = (file: SourceFile) => originals.get(file) ?? file
  const label = (each: Label): Label => ({ ...each, file: original(each.file) })
  const result = compiler.build({
    sources,
    entrypoints: policies.map(({ name }) => entrypointOf(name)),
    hostBuiltins: [...BUILTINS.keys()],
  })
  return {
    ...result,
    annotations: result.annotations.map((each) => ({ ...each, file: original(each.file) })),
    diagnostics: result.diagnostics.map((each) => ({
      ...each,
      ...(each.primary === undefined ? {} : { primary: label(each.primary) }),
      related: each.related.map(label),
    })),
  }
}

/** Of Rego that does not compile there may be no annotations: their absence would be a second fault for one cause. */
function describe(policies: readonly PolicySource[], compiled: BuildResult) {
  const known = new Set(compiled.annotations.map(({ file }) => file))
  const readable = hasErrors(compiled.diagnostics)
    ? policies.filter(({ file }) => known.has(file))
    : policies
  const described = describePolicies(readable, compiled.annotations)
  for (const { name } of policies) {
    if (!described.policies.has(name)) described.policies.set(name, undefined)
  }
  return described
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
