import { X509Certificate } from 'node:crypto'
import { CertError } from './cert-error.ts'

const BLOCK = /-----BEGIN ([^-]+)-----[^-]*-----END \1-----/g

interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, ... */
  readonly label: string
  readonly text: string
}

/** The blocks of a PEM text, or undefined where one begins and does not end. Text between them is passed over. */
export function splitPem(pem: string): readonly PemBlock[] | undefined {
  const blocks = [...pem.matchAll(BLOCK)].map(([text, label = '']) => ({ label, text }))
  const begun = pem.match(/-----BEGIN /g) ?? []
  return blocks.length === begun.length ? blocks : undefined
}

/**
 * The certificates of a PEM text, one at least, in their order; other blocks are passed over.
 *
 * @throws CertError `certificate-unreadable`.
 */
export function parseCertificates(
  pem: string,
): readonly [X509Certificate, ...(readonly X509Certificate[])] {
  const blocks = splitPem(pem)
  if (blocks === undefined) {
    throw new CertError('certificate-unreadable', 'the PEM of the certificate is cut off')
  }
  const [first, ...others] = blocks
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ text }) => parseCertificate(text))
  if (first === undefined) throw new CertError('certificate-unreadable', NOT_PEM)
  return [first, ...others]
}

/** The first certificate of a PEM text. @throws CertError `certificate-unreadable`. */
export function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new CertError('certificate-unreadable', NOT_PEM, { cause })
  }
}

const NOT_PEM = 'the certificate is not PEM'
