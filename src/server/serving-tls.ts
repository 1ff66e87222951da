// What is served with, and whether something else may take its place.
import { assertClientCa } from '../certs/assert-client-ca.ts'
import { CertError } from '../certs/cert-error.ts'
import { type CertificateInfo, inspectPair } from '../certs/inspect-pair.ts'
import { hasName, namesOf } from '../certs/names.ts'
import { parseCertificate } from '../certs/pem.ts'
import type { Logger } from '../host/logger.ts'
import type { TlsFiles } from './listener.ts'
import { ServerError } from './server-error.ts'
import type { TlsSink } from './tls-source.ts'

export interface ServingTls {
  readonly certificate: () => CertificateInfo
  /** False while what there is instead of what serves cannot serve. */
  readonly isCurrent: () => boolean
  /** Takes what it is offered if it can serve, and else keeps what it has. */
  readonly sink: TlsSink
}

/** @throws CertError where the first one cannot serve. */
export function createServingTls(parts: {
  readonly tls: TlsFiles
  /** Under which the certificate has to be valid. */
  readonly serverNames: readonly string[]
  readonly now: () => Date
  /** @throws ServerError where Node refuses it. */
  readonly replace: (tls: TlsFiles) => void
  readonly count: (outcome: 'loaded' | 'refused') => void
  readonly logger: Logger
}): ServingTls {
  const { logger } = parts
  const inspect = (tls: TlsFiles): CertificateInfo => {
    if (tls.clientCa !== undefined) assertClientCa(tls.clientCa)
    return inspectPair(tls.certificate, tls.key, parts.now(), parts.serverNames)
  }
  let active = parts.tls
  let certificate = inspect(active)
  let fault: string | undefined

  const fail = (reason: string): void => {
    if (fault === reason) return
    fault = reason
    parts.count('refused')
    logger.error('certificate not reloaded', { reason })
  }
  const offer: TlsSink['offer'] = (offered) => {
    const { clientNames } = active
    const next: TlsFiles = clientNames === undefined ? offered : { ...offered, clientNames }
    if (isSame(next, active)) {
      if (fault !== undefined) logger.info('certificate good again')
      fault = undefined
      return
    }
    try {
      const info = inspect(next)
      assertSameServer(next, active)
      parts.replace(next)
      active = next
      certificate = info
    } catch (error) {
      if (!(error instanceof CertError || error instanceof ServerError)) throw error
      fail(error.message)
      return
    }
    fault = undefined
    parts.count('loaded')
    const { subjectAltNames: names, notAfter, fingerprint } = certificate
    logger.info('certificate reloaded', { names, notAfter: notAfter.toISOString(), fingerprint })
  }
  return {
    certificate: () => certificate,
    isCurrent: () => fault === undefined,
    sink: { offer, fail },
  }
}

function isSame(one: TlsFiles, other: TlsFiles): boolean {
  return (
    one.certificate === other.certificate &&
    one.key === other.key &&
    one.clientCa === other.clientCa
  )
}

/** Where nobody says which names it has to have, it has one at least of those that clients know the server by. */
function assertSameServer(next: TlsFiles, active: TlsFiles): void {
  const certificate = parseCertificate(next.certificate)
  const names = namesOf(parseCertificate(active.certificate))
  if (names.some((name) => hasName(certificate, name))) return
  throw new CertError(
    'certificate-for-other-names',
    `the certificate has none of the names of the one that serves: ${names.join(', ')}`,
  )
}
