import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { CertError } from './cert-error.ts'
import { describeNames, hasName } from './names.ts'
import { parseCertificates } from './pem.ts'

export interface CertificateInfo {
  readonly subject: string
  readonly issuer: string
  /** As node:crypto writes them: `DNS:localhost`, `IP Address:127.0.0.1`. */
  readonly subjectAltNames: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** SHA-256 of the certificate, in hex with colons. */
  readonly fingerprint: string
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const ANY_PURPOSE = '2.5.29.37.0'

/**
 * Checks that a serving certificate and its key, both PEM, can serve now, under all of the names. Of a chain the first
 * certificate is judged; the others have to be whole.
 *
 * TLS itself takes expired certificates and ones without names and fails only when a client connects, so they are refused here.
 *
 * @throws CertError with the code of what is wrong.
 */
export function inspectPair(
  certificate: string,
  key: string,
  now: Date,
  names: readonly string[] = [],
): CertificateInfo {
  const [parsed] = parseCertificates(certificate)
  assertKeyFits(parsed, key)
  const info = describeCertificate(parsed)
  assertServes(parsed, names)
  assertValidAt(info, now)
  return info
}

/** @throws CertError `key-unreadable` or `key-mismatch`. */
export function assertKeyFits(certificate: X509Certificate, key: string): void {
  if (!certificate.checkPrivateKey(parseKey(key))) {
    throw new CertError('key-mismatch', 'the private key is not the key of the certificate')
  }
}

/**
 * Checks that clients take the certificate for a server's, and for that of each name.
 *
 * @throws CertError `certificate-without-san`, `certificate-not-for-servers` or `certificate-for-other-names`.
 */
export function assertServes(certificate: X509Certificate, names: readonly string[]): void {
  if (describeNames(certificate).length === 0) {
    throw new CertError(
      'certificate-without-san',
      'the certificate has no subjectAltName, and a client verifies no other name',
    )
  }
  // Node's types promise an array where the extension is absent too.
  const purposes = certificate.keyUsage as readonly string[] | undefined
  if (purposes !== undefined && !purposes.some((id) => id === SERVER_AUTH || id === ANY_PURPOSE)) {
    throw new CertError(
      'certificate-not-for-servers',
      'the certificate is not for servers: its extendedKeyUsage lacks serverAuth',
    )
  }
  const missing = names.filter((name) => !hasName(certificate, name))
  if (missing.length > 0) {
    throw new CertError(
      'certificate-for-other-names',
      `the certificate is not for ${missing.join(', ')}, but for ${describeNames(certificate).join(', ')}`,
    )
  }
}

/** @throws CertError `certificate-expired` or `certificate-not-yet-valid`. */
export function assertValidAt(info: CertificateInfo, now: Date): void {
  if (now >= info.notAfter) {
    const time = info.notAfter.toISOString()
    throw new CertError('certificate-expired', `the certificate expired at ${time}`)
  }
  if (now < info.notBefore) {
    const time = info.notBefore.toISOString()
    throw new CertError('certificate-not-yet-valid', `the certificate is valid only from ${time}`)
  }
}

export function describeCertificate(certificate: X509Certificate): CertificateInfo {
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    subjectAltNames: describeNames(certificate),
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  }
}

function parseKey(key: string): KeyObject {
  try {
    return createPrivateKey(key)
  } catch (cause) {
    throw new CertError('key-unreadable', 'the private key is not PEM, or is encrypted', { cause })
  }
}
