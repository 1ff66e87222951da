// The system's errors: what a person is told of them, and others like them.

/** Makes an error as the system's are. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${REASONS[code] ?? code}`), { code, path })
}

/** The system's code of an error, `ENOENT`, or undefined for an error that has none. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EFBIG: 'it is too large',
  EFTYPE: 'it is no regular file',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENOENT: 'no such file',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the file system is read-only',
}

/** A system error in a few words, without the path. */
export function describeSystemError(error: unknown): string {
  const code = errorCode(error)
  if (code !== undefined) return REASONS[code] ?? code
  return error instanceof Error ? error.message : String(error)
}
