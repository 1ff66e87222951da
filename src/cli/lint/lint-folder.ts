// What linting needs of a folder beside the bundle it comes to: places in bundle.yaml, and the Rego with OPA's trees of it.
import type { Bundle } from '../../bundle/bundle.ts'
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import type { Compiler } from '../../compiler/compiler.ts'
import { readBundle } from '../../bundle/read-bundle.ts'
import type { LintSubject } from '../../policy/lint/finding.ts'
import type { ParsedModule } from '../../policy/lint/negated-calls.ts'
import { withoutComments } from '../../policy/lint/rego-text.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import { buildBundle } from '../build/build-bundle.ts'
import type { FolderSources } from '../build/compile-policies.ts'
import { openCompiler } from '../build/open-compiler.ts'
import { pathBelow } from '../path-below.ts'
import { isBundleSource, readFolder } from '../build/read-folder.ts'

export interface LintableFolder {
  readonly subject?: Omit<LintSubject, 'now'>
  readonly modules: readonly ParsedModule[]
  readonly diagnostics: readonly Diagnostic[]
}

/** @throws {InputError} where the folder cannot be read. */
export async function openLintableFolder(folder: string, host: Host): Promise<LintableFolder> {
  const { files, diagnostics } = await readFolder(folder, isBundleSource, host)
  if (hasErrors(diagnostics)) return { modules: [], diagnostics }
  return lintableFolder({ directory: folder, files }, await openCompiler())
}

export function lintableFolder(sources: FolderSources, compiler: Compiler): LintableFolder {
  const { directory, files } = sources
  const { archive, diagnostics } = buildBundle(sources, compiler)
  if (archive === undefined) return { modules: [], diagnostics }
  const { bundle } = readBundle(archive, directory)
  const bundleFile = files.find(({ path }) => pathBelow(directory, path) === 'bundle.yaml')
  if (bundle === undefined || bundleFile === undefined) return { modules: [], diagnostics }
  const { document } = readOneDocument(bundleFile, {
    empty: 'bundle/missing-key',
    second: 'bundle/invalid-value',
    name: 'the bundle',
  })
  const rego = regoOf(bundle, sources)
  const used = [...new Set([...rego.values()].flat())]
  return {
    subject: {
      bundle,
      rego,
      ...(document === undefined
        ? {}
        : { place: { file: bundleFile, root: document.root, path: ['spec'] } }),
    },
    modules: used.map((file) => ({ file, tree: parse(file, compiler) })),
    diagnostics,
  }
}

/** OPA's parser, by way of its own built-in function. */
function parse(file: SourceFile, compiler: Compiler): unknown {
  const { results } = compiler.evaluate({
    sources: [],
    query: 'rego.parse_module(input.path, input.text)',
    input: { path: file.path, text: file.text },
  })
  return results[0]?.expressions[0]?.value
}

/** Of each policy its own file, then those whose packages it names, and those that these name. */
function regoOf(
  { policies }: Bundle,
  { directory, files }: FolderSources,
): ReadonlyMap<string, readonly SourceFile[]> {
  const code = files
    .filter(({ path }) => path.endsWith('.rego') && !path.endsWith('_test.rego'))
    .map((file) => ({ file, text: withoutComments(file.text) }))
    .map((each) => ({ ...each, package: /^\s*package\s+(\S+)/m.exec(each.text)?.[1] ?? '' }))
  return new Map(
    policies.map(({ name }) => {
      const own = code.filter(
        ({ file }) => pathBelow(directory, file.path) === `${name}/policy.rego`,
      )
      const found = new Set(own)
      for (const { text } of found) {
        for (const each of code) {
          if (each.package !== '' && namesPackage(text, each.package)) found.add(each)
        }
      }
      return [name, [...found].map(({ file }) => file)]
    }),
  )
}

function namesPackage(text: string, name: string): boolean {
  return new RegExp(`\\bdata\\.${name.replaceAll('.', '\\.')}\\b`).test(text)
}
