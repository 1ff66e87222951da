import { CertError } from './cert-error.ts'
import { parseCertificate, splitPem } from './pem.ts'

/**
 * Checks that a PEM text holds certificates, at least one, and nothing else or broken.
 *
 * TLS takes any text for a client CA: an empty one means every CA that Node knows, one without a certificate nobody, and of one
 * with a broken certificate what comes before it.
 *
 * @throws CertError `certificate-unreadable`.
 */
export function assertClientCa(pem: string): void {
  const blocks = splitPem(pem) ?? []
  if (blocks.length === 0 || blocks.some(({ label }) => label !== 'CERTIFICATE')) {
    throw new CertError('certificate-unreadable', 'the client CA is not certificates in PEM')
  }
  for (const { text } of blocks) parseCertificate(text)
}
