// `serve --dev-tls`: a certificate without asking anybody, kept between runs so that clients need to be told of it once.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CertError } from '../certs/cert-error.ts'
import { inspectPair } from '../certs/inspect-pair.ts'
import { DEV_CA_NAME, issueDevCertificates } from '../certs/issue-dev-certificates.ts'
import { parseCertificate } from '../certs/pem.ts'
import type { FileSystem } from '../host/files.ts'
import type { TlsFiles } from './listener.ts'
import type { TlsPaths } from './read-tls-files.ts'

export interface DevTls {
  readonly tls: TlsFiles
  /** Where the pair lies. */
  readonly paths: TlsPaths
  /** What a client has to trust, `certs/ca.crt`. */
  readonly caPath: string
  /** False where a pair of an earlier run serves again. */
  readonly created: boolean
}

const ALWAYS = ['localhost', '127.0.0.1', '::1']
/** A pair with less than this to live is made anew. */
const MARGIN_MS = 24 * 3_600_000

/**
 * Returns the development pair of a directory, made where there is none that is valid for all the hosts.
 *
 * @throws CertError `certificate-foreign` where files stand there that this product did not make; they stay as they are.
 */
export async function ensureDevTls(options: {
  readonly files: FileSystem
  readonly now: Date
  /** Beside `localhost` and the loopback addresses. */
  readonly hosts: readonly string[]
  readonly directory?: string
}): Promise<DevTls> {
  const { files, now, directory = 'certs' } = options
  const caPath = join(directory, 'ca.crt')
  const certificatePath = join(directory, 'tls.crt')
  const keyPath = join(directory, 'tls.key')
  const paths = { certificate: certificatePath, key: keyPath }
  const hosts = [...new Set([...ALWAYS, ...options.hosts])]

  const [ca, certificate, key] = await Promise.all(
    [caPath, certificatePath, keyPath].map((path) => readText(files, path)),
  )
  if (ca !== undefined && certificate !== undefined && key !== undefined) {
    if (serves({ ca, certificate, key }, hosts, now)) {
      return { tls: { certificate, key }, paths, caPath, created: false }
    }
  }
  assertOurs(certificatePath, certificate)
  assertOurs(caPath, ca)
  if (key !== undefined && certificate === undefined) throw foreign(keyPath)

  const made = await issueDevCertificates({ now, hosts })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  // The key comes last: killed in between, the next run finds certificates of ours that cannot serve, and makes all anew.
  await files.write(caPath, encode(made.caCertificate))
  await files.write(certificatePath, encode(made.certificate))
  await files.write(keyPath, encode(made.key), 0o600)
  return { tls: { certificate: made.certificate, key: made.key }, paths, caPath, created: true }
}

function serves(
  pair: { readonly ca: string; readonly certificate: string; readonly key: string },
  hosts: readonly string[],
  now: Date,
): boolean {
  try {
    inspectPair(pair.certificate, pair.key, now, hosts)
    inspectPair(pair.certificate, pair.key, new Date(now.getTime() + MARGIN_MS))
    return parseCertificate(pair.certificate).verify(parseCertificate(pair.ca).publicKey)
  } catch (error) {
    if (error instanceof CertError) return false
    throw error
  }
}

function assertOurs(path: string, certificate: string | undefined): void {
  if (certificate === undefined) return
  let isOurs = false
  try {
    isOurs = parseCertificate(certificate).issuer === `CN=${DEV_CA_NAME}`
  } catch (error) {
    if (!(error instanceof CertError)) throw error
  }
  if (!isOurs) throw foreign(path)
}

function foreign(path: string): CertError {
  return new CertError(
    'certificate-foreign',
    `${path} was not made by --dev-tls and is not overwritten: serve it by --tls-cert-file and --tls-private-key-file, or move it away`,
  )
}

async function readText(files: FileSystem, path: string): Promise<string | undefined> {
  if ((await files.kind(path)) === undefined) return undefined
  return new TextDecoder().decode(await files.read(path))
}
