import type { X509Certificate } from 'node:crypto'
import { CertError, type CertErrorCode } from './cert-error.ts'
import {
  assertKeyFits,
  assertServes,
  assertValidAt,
  type CertificateInfo,
  describeCertificate,
} from './inspect-pair.ts'
import { parseCertificates } from './pem.ts'

export interface CertificateFault {
  readonly code: CertErrorCode
  readonly message: string
}

export interface InspectedCertificate extends CertificateInfo {
  readonly isCa: boolean
  /** Whole days until it expires; negative for one that has. */
  readonly daysLeft: number
}

export interface CertificatesInspection {
  /** The certificate, and behind it its chain. */
  readonly certificates: readonly InspectedCertificate[]
  /** Undefined where no key was given. */
  readonly keyFits?: boolean
  /** Empty where none were given. */
  readonly cas: readonly InspectedCertificate[]
  readonly faults: readonly CertificateFault[]
}

const DAY_MS = 24 * 3_600_000

/** Everything that is wrong with a certificate for serving, or with a CA, not only the first of it; all texts are PEM. */
export function inspectCertificates(options: {
  readonly certificate: string
  readonly key?: string
  /** By one of these it has to be. */
  readonly ca?: string
  /** For each of these it has to be. */
  readonly hosts: readonly string[]
  readonly now: Date
}): CertificatesInspection {
  const { key, hosts, now } = options
  const faults: CertificateFault[] = []
  const holds = (check: () => void): boolean => {
    try {
      check()
      return true
    } catch (error) {
      if (!(error instanceof CertError)) throw error
      const { code, message } = error
      faults.push({ code, message })
      return false
    }
  }
  let chain: readonly X509Certificate[] = []
  let cas: readonly X509Certificate[] = []
  holds(() => (chain = parseCertificates(options.certificate)))
  const { ca } = options
  if (ca !== undefined) holds(() => (cas = parseCertificates(ca)))

  const [first, ...others] = chain
  const keyFits =
    first === undefined || key === undefined ? undefined : holds(() => assertKeyFits(first, key))
  if (first !== undefined) {
    if (!first.ca) holds(() => assertServes(first, hosts))
    for (const each of chain) holds(() => assertValidAt(describeCertificate(each), now))
    if (ca !== undefined) holds(() => assertTrusted([first, ...others], cas, now))
  }
  return {
    certificates: chain.map((each) => describe(each, now)),
    ...(keyFits === undefined ? {} : { keyFits }),
    cas: cas.map((each) => describe(each, now)),
    faults,
  }
}

/** As far as the chain goes, each is by the next one; one of them is by a CA that is valid. */
function assertTrusted(
  chain: readonly X509Certificate[],
  cas: readonly X509Certificate[],
  now: Date,
): void {
  for (const [index, certificate] of chain.entries()) {
    const isTrusted = cas.some(
      (ca) => isBy(certificate, ca) && new Date(ca.validFrom) <= now && now < new Date(ca.validTo),
    )
    if (isTrusted) return
    const next = chain[index + 1]
    if (next === undefined || !isBy(certificate, next)) break
  }
  throw new CertError(
    'certificate-foreign',
    'the certificate is not by a CA that is valid and trusted',
  )
}

function isBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function describe(certificate: X509Certificate, now: Date): InspectedCertificate {
  const info = describeCertificate(certificate)
  const daysLeft = Math.floor((info.notAfter.getTime() - now.getTime()) / DAY_MS)
  return { ...info, isCa: certificate.ca, daysLeft }
}
