import { CertError } from '../certs/cert-error.ts'
import { describeSystemError, errorCode, type FileSystem } from '../host/files.ts'
import type { TlsFiles } from './listener.ts'

export interface TlsPaths {
  readonly certificate: string
  readonly key: string
  readonly clientCa?: string
}

/** All CAs of the world take a quarter of it. */
const MAX_PEM_BYTES = 1024 * 1024

/** What the files hold, whatever that is. @throws CertError `certificate-unreadable` for one that cannot be read. */
export async function readTlsFiles(
  paths: TlsPaths,
  files: FileSystem,
): Promise<Omit<TlsFiles, 'clientNames'>> {
  const certificate = await readPem(paths.certificate, files)
  const key = await readPem(paths.key, files)
  if (paths.clientCa === undefined) return { certificate, key }
  return { certificate, key, clientCa: await readPem(paths.clientCa, files) }
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
