import { CertError } from '../certs/cert-error.ts'
import type { FileSystem } from '../host/files.ts'
import { describeSystemError, errorCode } from '../host/system-error.ts'

export interface TlsPaths {
  readonly certificate: string
  readonly key: string
  readonly clientCa?: string
}

/** All CAs of the world take a quarter of it. */
const MAX_PEM_BYTES = 1024 * 1024

/** What is in files, by the names of their paths. */
export type TextsOf<Paths> = { readonly [Name in keyof Paths]: string }

/** What the files hold, whatever that is. @throws CertError `certificate-unreadable` for one that cannot be read. */
export async function readTlsFiles<Paths extends Partial<TlsPaths>>(
  paths: Paths,
  files: FileSystem,
): Promise<TextsOf<Paths>> {
  const texts: Record<string, string> = {}
  for (const [name, path] of Object.entries(paths)) texts[name] = await readPem(path, files)
  // Of each path its text, so it has the paths' names.
  return texts as TextsOf<Paths>
}

async function readPem(path: string, files: FileSystem): Promise<string> {
  try {
    return new TextDecoder().decode(await files.readSmall(path, MAX_PEM_BYTES))
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause
    const reason = describeSystemError(cause)
    throw new CertError('certificate-unreadable', `cannot read \`${path}\`: ${reason}`, { cause })
  }
}
