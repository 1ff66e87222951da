import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { CertError } from './cert-error.ts'

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

/**
 * Checks that a serving certificate and its key, both PEM, can serve now. Of a chain the first certificate counts.
 *
 * TLS itself takes expired certificates and ones without names and fails only when a client connects, so they are refused here.
 *
 * @throws CertError with the code of what is wrong.
 */
export function inspectPair(certificate: string, key: string, now: Date): CertificateInfo {
  const parsed = parseCertificate(certificate)
  if (!parsed.checkPrivateKey(parseKey(key))) {
    throw new CertError('key-mismatch', 'the private key is not the key of the certificate')
  }
  const info = describeCertificate(parsed)
  if (info.subjectAltNames.length === 0) {
    throw new CertError(
      'certificate-without-san',
      'the certificate has no subjectAltName, and a client verifies no other name',
    )
  }
  assertValidAt(info, now)
  return info
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

/** @throws CertError `certificate-unreadable`. */
export function parseCertificate(certificate: string): X509Certificate {
  try {
    return new X509Certificate(certificate)
  } catch (cause) {
    throw new CertError('certificate-unreadable', 'the certificate is not PEM', { cause })
  }
}

function parseKey(key: string): KeyObject {
  try {
    return createPrivateKey(key)
  } catch (cause) {
    throw new CertError('key-unreadable', 'the private key is not PEM, or is encrypted', { cause })
  }
}

function describeCertificate(certificate: X509Certificate): CertificateInfo {
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    subjectAltNames: certificate.subjectAltName?.split(', ').filter((name) => name !== '') ?? [],
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  }
}
