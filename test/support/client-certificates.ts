// A CA for clients, and certificates by it: those that `--dev-tls` makes are for servers, and TLS refuses them from a client.
import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

export interface ClientCa {
  readonly caCertificate: string
  /** Valid for an hour from an hour ago on, unless told otherwise. */
  readonly issue: (
    commonName: string,
    dnsNames?: readonly string[],
    validity?: Validity,
  ) => ClientCertificate
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

const HOUR_MS = 3_600_000

export function clientCa(): ClientCa {
  const issuer = [{ name: 'commonName', value: 'clients' }]
  const ca = makeKeys()
  // Whose key it is proves nothing in the tests, and making one takes long.
  const client = makeKeys()
  const now = Date.now()
  const usual = { notBefore: new Date(now - HOUR_MS), notAfter: new Date(now + HOUR_MS) }
  const sign = (
    subject: typeof issuer,
    publicKey: string,
    extensions: object[],
    { notBefore, notAfter }: Validity = usual,
  ): string => {
    const certificate = forge.pki.createCertificate()
    certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
    certificate.serialNumber = forge.util.bytesToHex(`\u0001${forge.random.getBytesSync(15)}`)
    certificate.validity.notBefore = notBefore
    certificate.validity.notAfter = notAfter
    certificate.setSubject(subject)
    certificate.setIssuer(issuer)
    certificate.setExtensions(extensions)
    certificate.sign(forge.pki.privateKeyFromPem(ca.key), forge.md.sha256.create())
    return forge.pki.certificateToPem(certificate)
  }
  return {
    caCertificate: sign(issuer, ca.publicKey, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ]),
    issue: (commonName, dnsNames = [], validity = usual) => {
      const altNames = dnsNames.map((value) => ({ type: 2, value }))
      const extensions = [
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', clientAuth: true },
        ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
      ]
      const cert = sign(
        [{ name: 'commonName', value: commonName }],
        client.publicKey,
        extensions,
        validity,
      )
      return { cert, key: client.key }
    },
  }
}

function makeKeys(): { key: string; publicKey: string } {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    // The form that forge reads.
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  return { key: pair.privateKey, publicKey: pair.publicKey }
}
