import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { CertError } from './cert-error.ts'
import { encodeCertificate } from './encode-certificate.ts'
import { assertKeyFits } from './inspect-pair.ts'
import { isServerName } from './names.ts'
import { parseCertificate } from './pem.ts'

/** Both PEM; the key PKCS #8. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

const HOUR_MS = 3_600_000

/** Clocks of other machines may be behind: every certificate counts from an hour ago. */
export const BACKDATED_MS = HOUR_MS

/** P-256, which every client of today has. */
const CURVE = 'prime256v1'

const generate = promisify(generateKeyPair)

/** A CA under a name, by its own key. */
export async function issueCa(options: {
  readonly name: string
  readonly now: Date
  readonly lifetimeMs: number
}): Promise<KeyPair> {
  const { name, now, lifetimeMs } = options
  const keys = await makeKeys()
  const certificate = encodeCertificate({
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    issuerKeys: keys,
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + lifetimeMs),
    hosts: undefined,
  })
  return { certificate, key: exportKey(keys.privateKey) }
}

/**
 * A server's certificate by a CA, with a key of its own. It does not outlive its CA.
 *
 * @throws CertError `name-invalid` for a host that is neither a DNS name nor an IP address, and what is wrong with the CA's pair.
 */
export async function issueServerCertificate(options: {
  readonly ca: KeyPair
  readonly hosts: readonly string[]
  readonly now: Date
  readonly lifetimeMs: number
}): Promise<KeyPair> {
  const { ca, hosts, now, lifetimeMs } = options
  const invalid = hosts.find((host) => !isServerName(host))
  if (invalid !== undefined) {
    throw new CertError('name-invalid', `\`${invalid}\` is neither a DNS name nor an IP address`)
  }
  const issuer = parseCertificate(ca.certificate)
  assertKeyFits(issuer, ca.key)
  const issuerKey = createPrivateKey(ca.key)
  if (issuerKey.asymmetricKeyDetails?.namedCurve !== CURVE) {
    throw new CertError('certificate-foreign', 'the key of the CA is not on the curve P-256')
  }
  const keys = await makeKeys()
  const end = Math.min(now.getTime() + lifetimeMs, Date.parse(issuer.validTo))
  const start = Math.max(now.getTime() - BACKDATED_MS, Date.parse(issuer.validFrom))
  const certificate = encodeCertificate({
    subject: 'portcullis',
    issuer: commonNameOf(issuer.subject),
    publicKey: keys.publicKey,
    issuerKeys: { privateKey: issuerKey, publicKey: createPublicKey(ca.key) },
    notBefore: new Date(start),
    notAfter: new Date(end),
    hosts,
  })
  return { certificate, key: exportKey(keys.privateKey) }
}

/** Subjects of CAs made here are a common name and nothing else. @throws CertError `certificate-foreign` for others. */
function commonNameOf(subject: string): string {
  const name = /^CN=([^\n\\]+)$/.exec(subject)?.[1]
  if (name === undefined) {
    throw new CertError('certificate-foreign', `\`${subject}\` is not a CA that was made here`)
  }
  return name
}

function makeKeys(): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return generate('ec', { namedCurve: CURVE })
}

function exportKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
