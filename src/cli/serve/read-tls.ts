// The serving certificate and the client CA, from where the settings say that they are.
import { assertClientCa } from '../../certs/assert-client-ca.ts'
import { CertError } from '../../certs/cert-error.ts'
import { AppError } from '../../errors.ts'
import { describeSystemError, errorCode } from '../../host/system-error.ts'
import type { Host } from '../../host/host.ts'
import type { ListenAddress, TlsFiles } from '../../server/listener.ts'
import { readTlsFiles, type TlsPaths } from '../../server/read-tls-files.ts'
import { flagOf, type Settings } from './serve-settings.ts'
import { UsageError } from '../usage-error.ts'

/**
 * What to serve with, and the files to watch for what comes after it.
 *
 * @throws {UsageError} where neither files nor `--dev-tls` are given.
 * @throws {CertError} for a file that cannot be read, or a client CA that is none.
 */
export async function readTls(
  settings: Settings,
  listen: ListenAddress,
  host: Host,
): Promise<{ readonly tls: TlsFiles; readonly paths: TlsPaths }> {
  const { clientCaFile, clientNames } = settings
  const pair = settings.devTls ? await makePair(listen, host) : expectPaths(settings)
  const paths = clientCaFile === undefined ? pair : { ...pair, clientCa: clientCaFile }
  const tls = await readTlsFiles(paths, host.files)
  if (tls.clientCa !== undefined) assertClientCa(tls.clientCa)
  return { paths, tls: clientNames === undefined ? tls : { ...tls, clientNames } }
}

function expectPaths({ tlsCertFile, tlsPrivateKeyFile }: Settings): TlsPaths {
  const certificateFlag = `\`--${flagOf('tlsCertFile')}\``
  const keyFlag = `\`--${flagOf('tlsPrivateKeyFile')}\``
  if (tlsCertFile === undefined && tlsPrivateKeyFile === undefined) {
    throw new UsageError(
      `${certificateFlag} and ${keyFlag} are missing; \`--${flagOf('devTls')}\` makes a pair for a trial`,
    )
  }
  if (tlsCertFile === undefined) throw new UsageError(`${certificateFlag} is missing`)
  if (tlsPrivateKeyFile === undefined) throw new UsageError(`${keyFlag} is missing`)
  return { certificate: tlsCertFile, key: tlsPrivateKeyFile }
}

async function makePair(listen: ListenAddress, host: Host): Promise<TlsPaths> {
  const hosts = isAnyAddress(listen.host) ? [] : [listen.host]
  const { ensureDevTls } = await import('../../server/dev-tls.ts')
  try {
    const { paths, caPath } = await ensureDevTls({ files: host.files, now: host.now(), hosts })
    await host.stderr.write(`clients have to trust ${caPath}\n`)
    return paths
  } catch (cause) {
    if (cause instanceof AppError || errorCode(cause) === undefined) throw cause
    const reason = describeSystemError(cause)
    const message = `cannot keep certificates under ./certs: ${reason}`
    throw new CertError('certificate-unreadable', message, { cause })
  }
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
