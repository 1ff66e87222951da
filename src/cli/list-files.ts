import type { FileKind } from '../host/file-kind.ts'
import { describeSystemError, errorCode } from '../host/system-error.ts'
import type { Host } from '../host/host.ts'
import { InputError } from './usage-error.ts'

/** Files below a directory whose path from there is accepted. @throws {InputError} where a directory cannot be read. */
export function listFiles(
  directory: string,
  accepts: (path: string) => boolean,
  host: Host,
): Promise<readonly string[]> {
  return orInputError(directory, () => host.files.list(directory, accepts))
}

/** Undefined where nothing is there. @throws {InputError} where that cannot be told. */
export function kindOf(path: string, host: Host): Promise<FileKind | undefined> {
  return orInputError(path, () => host.files.kind(path))
}

/** Makes an InputError of the system's error, which may say on which path below `path` it stumbled. */
export async function orInputError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    const place =
      error instanceof Error && 'path' in error && typeof error.path === 'string'
        ? error.path
        : path
    throw new InputError(`cannot read \`${place}\`: ${describeSystemError(error)}`, {
      cause: error,
    })
  }
}
