import { CertError } from './cert-error.ts'
import { parseCertificate } from './inspect-pair.ts'

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/**
 * Checks that a PEM text holds certificates, at least one, and nothing broken.
 *
 * TLS takes any text for a client CA: an empty one means every CA that Node knows, one without a certificate nobody, and of one
 * with a broken certificate what comes before it.
 *
 * @throws CertError `certificate-unreadable`.
 */
export function assertClientCa(pem: string): void {
  const blocks = pem.match(BLOCK) ?? []
  const begun = pem.match(/-----BEGIN /g) ?? []
  if (blocks.length === 0 || blocks.length !== begun.length) {
    throw new CertError('certificate-unreadable', 'the client CA is not certificates in PEM')
  }
  for (const block of blocks) parseCertificate(block)
}
