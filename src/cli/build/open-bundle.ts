// A bundle from where the user keeps it: the package's own, an archive, or a folder that is compiled in memory. What reads and
// runs it is loaded when there is one: every command names this file, and not every one comes that far.
import type { Bundle } from '../../bundle/bundle.ts'
import { findExpired } from '../../bundle/check-exceptions.ts'
import type { Compiler } from '../../compiler/compiler.ts'
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../../policy/engine-options.ts'
import type { Engine } from '../../policy/engine.ts'
import { kindOf, orInputError } from '../list-files.ts'
import { openCompiler } from './open-compiler.ts'
import { packageFile } from '../package-file.ts'
import { isBundleSource, readFolder } from './read-folder.ts'

export const BUNDLE_FOLDER = 'policies'

/** The bundle that the package carries, for those who name none. */
export const DEFAULT_BUNDLE = 'policies/bundle.tgz'

export interface BuiltBundle {
  readonly archive?: Uint8Array
  readonly bundle?: Bundle
  readonly diagnostics: readonly Diagnostic[]
}

/** Compiles a folder. @throws {InputError} where it cannot be read. */
export async function buildFolder(
  folder: string,
  host: Host,
  compiler: () => Promise<Compiler> = openCompiler,
): Promise<BuiltBundle> {
  const { files, diagnostics: unreadable } = await readFolder(folder, isBundleSource, host)
  if (hasErrors(unreadable)) return { diagnostics: unreadable }
  // Not before there is something to build: who checks with an archive does not wait for it.
  const { buildBundle } = await import('./build-bundle.ts')
  const built = buildBundle({ directory: folder, files }, await compiler())
  if (built.archive === undefined) return { diagnostics: built.diagnostics }
  const { readBundle } = await import('../../bundle/read-bundle.ts')
  const { bundle, diagnostics } = readBundle(built.archive, folder)
  return {
    archive: built.archive,
    ...(bundle === undefined ? {} : { bundle }),
    diagnostics: [...built.diagnostics, ...diagnostics],
  }
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
  const { loadEngine } = await import('../../policy/engine.ts')
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

/** Reads an archive, builds a folder, or takes the bundle of the package if no path is given. */
export async function findBundle(path: string | undefined, host: Host): Promise<BuiltBundle> {
  if (path !== undefined && (await kindOf(path, host)) === 'directory') {
    return buildFolder(path, host)
  }
  const file = path ?? packageFile(DEFAULT_BUNDLE)
  const bytes = await orInputError(file, () => host.files.read(file))
  const { readBundle } = await import('../../bundle/read-bundle.ts')
  return readBundle(bytes, path ?? DEFAULT_BUNDLE)
}
