// The policies of a folder, compiled and described: what bundle.yaml is checked against, what an archive is made of, and
// what tests judge by. Every stage that still makes sense runs, so that one run tells all faults.
import { BUILTINS } from '../../builtins/builtins.ts'
import type { JsonObject } from '../../bundle/bundle.ts'
import {
  checkPolicySource,
  describePolicies,
  entrypointOf,
  packageOf,
  type PolicySource,
} from '../../bundle/describe-policies.ts'
import type { KnownPolicy } from '../../bundle/parse-bindings.ts'
import { parseData } from '../../bundle/parse-data.ts'
import type { BuildResult, Compiler } from '../../compiler/compiler.ts'
import { type Diagnostic, diagnostic, hasErrors, type Label } from '../../diagnostic/diagnostic.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { pathBelow } from '../path-below.ts'

export interface FolderSources {
  readonly directory: string
  /** Paths begin with the directory, or are relative to it. */
  readonly files: readonly SourceFile[]
}

export interface CompiledPolicies {
  /** Those that have what every policy has. */
  readonly sources: readonly PolicySource[]
  /** What is compiled: the Rego of the folder but for tests. */
  readonly rego: readonly SourceFile[]
  /** By name; undefined for a policy that is there but whose parameters cannot be told. */
  readonly policies: ReadonlyMap<string, KnownPolicy | undefined>
  readonly bundleFile: SourceFile | undefined
  readonly wasm?: Uint8Array
  readonly data: JsonObject
  readonly annotations: BuildResult['annotations']
  readonly diagnostics: readonly Diagnostic[]
}

/** Gives what the Rego of a folder comes to, and every fault of it, of the policies' METADATA and of data. */
export function compilePolicies(
  { directory, files }: FolderSources,
  compiler: Compiler,
): CompiledPolicies {
  const sorted = sortFiles(directory, files)
  const diagnostics: Diagnostic[] = []
  if (sorted.policies.length === 0) diagnostics.push(noPolicy(directory))
  const unfit = new Set<PolicySource>()
  for (const policy of sorted.policies) {
    const faults = checkPolicySource(policy)
    if (faults.length > 0) unfit.add(policy)
    diagnostics.push(...faults)
  }
  const sources = sorted.policies.filter((each) => !unfit.has(each))
  const compiled = compile(sorted, sources, compiler)
  diagnostics.push(...compiled.diagnostics)
  const packages = [...sorted.policies.map(({ name }) => packageOf(name)), 'lib']
  const data = parseData(sorted.data, packages)
  diagnostics.push(...data.diagnostics)
  const described = describe(sources, compiled)
  diagnostics.push(...described.diagnostics)
  for (const { name } of unfit) described.policies.set(name, undefined)
  return {
    sources,
    rego: [...sorted.rego.values()],
    policies: described.policies,
    bundleFile: sorted.bundle,
    ...(compiled.wasm === undefined ? {} : { wasm: compiled.wasm }),
    data: data.data,
    annotations: compiled.annotations,
    diagnostics,
  }
}

function noPolicy(directory: string): Diagnostic {
  const message = `the directory \`${directory}\` has no policy, which would be \`<name>/policy.rego\``
  return diagnostic('bundle/missing-file', message)
}

interface SortedFiles {
  readonly bundle: SourceFile | undefined
  readonly data: readonly SourceFile[]
  /** The Rego, by its path below the directory. */
  readonly rego: ReadonlyMap<string, SourceFile>
  readonly policies: readonly PolicySource[]
}

function sortFiles(directory: string, files: readonly SourceFile[]): SortedFiles {
  const byPath = new Map(files.map((file) => [pathBelow(directory, file.path), file]))
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
