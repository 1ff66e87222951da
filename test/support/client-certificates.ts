// A CA for clients, and certificates by it: those that `--dev-tls` makes are for servers, and TLS refuses them from a client.
import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

export interface ClientCa {
  readonly caCertificate: string
  readonly issue: (commonName: string, dnsNames?: readonly string[]) => ClientCertificate
}

const HOUR_MS = 3_600_000

export function clientCa(): ClientCa {
  const issuer = [{ name: 'commonName', value: 'clients' }]
  const ca = makeKeys()
  const sign = (subject: typeof issuer, publicKey: string, extensions: object[]): string => {
    const certificate = forge.pki.createCertificate()
    certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
    certificate.serialNumber = forge.util.bytesToHex(`\u0001${forge.random.getBytesSync(15)}`)
    certificate.validity.notBefore = new Date(Date.now() - HOUR_MS)
    certificate.validity.notAfter = new Date(Date.now() + HOUR_MS)
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
    issue: (commonName, dnsNames = []) => {
      const { key, publicKey } = makeKeys()
      const altNames = dnsNames.map((value) => ({ type: 2, value }))
      const cert = sign([{ name: 'commonName', value: commonName }], publicKey, [
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', clientAuth: true },
        ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
      ])
      return { cert, key }
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
