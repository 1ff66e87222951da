// The serving certificate and the client CA, from where the settings say that they are.
import { assertClientCa } from '../certs/assert-client-ca.ts'
import { CertError } from '../certs/cert-error.ts'
import { AppError } from '../errors.ts'
import { describeSystemError, errorCode } from '../host/files.ts'
import type { Host } from '../host/host.ts'
import type { ListenAddress, TlsFiles } from '../server/listener.ts'
import { flagOf, type Settings } from './serve-settings.ts'
import { UsageError } from './usage-error.ts'

type ServingPair = Pick<TlsFiles, 'certificate' | 'key'>

/**
 * @throws {UsageError} where neither files nor `--dev-tls` are given.
 * @throws {CertError} for a file that cannot be read, or a client CA that is none.
 */
export async function readTls(
  settings: Settings,
  listen: ListenAddress,
  host: Host,
): Promise<TlsFiles> {
  const pair = settings.devTls
    ? await makePair(listen, host)
    : await readPair(settings.tlsCertFile, settings.tlsPrivateKeyFile, host)
  const { clientCaFile, clientNames } = settings
  if (clientCaFile === undefined) return pair
  const clientCa = await readPem(clientCaFile, host)
  assertClientCa(clientCa)
  return { ...pair, clientCa, ...(clientNames === undefined ? {} : { clientNames }) }
}

async function readPair(
  certificateFile: string | undefined,
  keyFile: string | undefined,
  host: Host,
): Promise<ServingPair> {
  const certificateFlag = `\`--${flagOf('tlsCertFile')}\``
  const keyFlag = `\`--${flagOf('tlsPrivateKeyFile')}\``
  if (certificateFile === undefined && keyFile === undefined) {
    throw new UsageError(
      `${certificateFlag} and ${keyFlag} are missing; \`--${flagOf('devTls')}\` makes a pair for a trial`,
    )
  }
  if (certificateFile === undefined) throw new UsageError(`${certificateFlag} is missing`)
  if (keyFile === undefined) throw new UsageError(`${keyFlag} is missing`)
  return {
    certificate: await readPem(certificateFile, host),
    key: await readPem(keyFile, host),
  }
}

async function makePair(listen: ListenAddress, host: Host): Promise<ServingPair> {
  const hosts = isAnyAddress(listen.host) ? [] : [listen.host]
  const { ensureDevTls } = await import('../server/dev-tls.ts')
  const { tls, caPath } = await orCertError('cannot keep certificates under ./certs', () =>
    ensureDevTls({ files: host.files, now: host.now(), hosts }),
  )
  await host.stderr.write(`clients have to trust ${caPath}\n`)
  return tls
}

async function readPem(path: string, host: Host): Promise<string> {
  const bytes = await orCertError(`cannot read \`${path}\``, () => host.files.read(path))
  return new TextDecoder().decode(bytes)
}

async function orCertError<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AppError || errorCode(cause) === undefined) throw cause
    throw new CertError('certificate-unreadable', `${what}: ${describeSystemError(cause)}`, {
      cause,
    })
  }
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
