// A bundle from where the user keeps it: the package's own, an archive, or a folder that is compiled in memory.
import type { Bundle } from '../bundle/bundle.ts'
import { findExpired } from '../bundle/check-exceptions.ts'
import { readBundle } from '../bundle/read-bundle.ts'
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.ts'
import { describeSystemError } from '../host/files.ts'
import type { Host } from '../host/host.ts'
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../policy/engine-options.ts'
import { type Engine, loadEngine } from '../policy/engine.ts'
import type { SourceFile } from '../source/source-file.ts'
import { decodeUtf8 } from '../yaml/decode-utf8.ts'
import { kindOf, listFiles } from './list-files.ts'
import { packageFile } from './package-file.ts'
import { InputError } from './usage-error.ts'

export const BUNDLE_FOLDER = 'policies'

/** The bundle that the package carries, for those who name none. */
export const DEFAULT_BUNDLE = 'policies/bundle.tgz'

export interface BuiltBundle {
  readonly archive?: Uint8Array
  readonly bundle?: Bundle
  readonly diagnostics: readonly Diagnostic[]
}

/** Compiles a folder. @throws {InputError} where it cannot be read, or holds no bundle.yaml. */
export async function buildFolder(folder: string, host: Host): Promise<BuiltBundle> {
  const kind = await kindOf(folder, host)
  if (kind === undefined) throw new InputError(`there is no directory \`${folder}\``)
  if (kind !== 'directory') throw new InputError(`\`${folder}\` is not a directory`)
  const paths = await listFiles(folder, isSource, host)
  const files: SourceFile[] = []
  const unreadable: Diagnostic[] = []
  for (const path of paths) {
    const { file, diagnostics } = decodeUtf8(await readInput(path, host), path)
    if (file !== undefined) files.push(file)
    unreadable.push(...diagnostics)
  }
  if (hasErrors(unreadable)) return { diagnostics: unreadable }
  // Not before there is something to build: who checks with an archive does not wait for it.
  const { buildBundle } = await import('./build-bundle.ts')
  const { loadCompiler } = await import('../compiler/compiler.ts')
  const { locateCompiler } = await import('../compiler/locate-compiler.ts')
  const compiler = await loadCompiler(locateCompiler())
  const built = buildBundle({ directory: folder, files }, compiler)
  if (built.archive === undefined) return { diagnostics: built.diagnostics }
  const { bundle, diagnostics } = readBundle(built.archive, folder)
  return {
    archive: built.archive,
    ...(bundle === undefined ? {} : { bundle }),
    diagnostics: [...built.diagnostics, ...diagnostics],
  }
}

const TOP_LEVEL: ReadonlySet<string> = new Set(['bundle.yaml', 'data.json', 'data.yaml'])

/** Rego anywhere, but not what editors keep beside it: `.#policy.rego`. */
function isSource(path: string): boolean {
  return TOP_LEVEL.has(path) || /(?:^|[\\/])[^.\\/][^\\/]*\.rego$/.test(path)
}

export interface OpenedBundle {
  readonly engine?: Engine
  readonly diagnostics: readonly Diagnostic[]
}

/** Loads a bundle and makes it ready to judge: FILE or DIR, or the package's own if no path is given. */
export async function openBundle(
  path: string | undefined,
  host: Host,
  options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
): Promise<OpenedBundle> {
  const { bundle, diagnostics } = await findBundle(path, host)
  if (bundle === undefined || hasErrors(diagnostics)) return { diagnostics }
  const loaded = loadEngine(bundle, options)
  return {
    ...(loaded.engine === undefined ? {} : { engine: loaded.engine }),
    diagnostics: [
      ...diagnostics,
      ...loaded.diagnostics,
      ...findExpired(bundle.exceptions, host.now()),
    ],
  }
}

async function findBundle(path: string | undefined, host: Host): Promise<BuiltBundle> {
  if (path !== undefined && (await kindOf(path, host)) === 'directory') {
    return buildFolder(path, host)
  }
  const bytes = await readInput(path ?? packageFile(DEFAULT_BUNDLE), host)
  return readBundle(bytes, path ?? DEFAULT_BUNDLE)
}

async function readInput(path: string, host: Host): Promise<Uint8Array> {
  try {
    return await host.files.read(path)
  } catch (error) {
    throw new InputError(`cannot read \`${path}\`: ${describeSystemError(error)}`, { cause: error })
  }
}
