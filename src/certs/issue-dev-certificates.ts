// node-forge makes certificates here and never judges one: node:crypto does that, in inspect-pair.ts.
import {
  constants,
  generateKeyPair,
  type KeyObject,
  privateEncrypt,
  randomBytes,
} from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

export interface DevCertificates {
  /** What a client has to trust, PEM. */
  readonly caCertificate: string
  readonly certificate: string
  readonly key: string
}

/** By this name we know our own again. */
export const DEV_CA_NAME = 'portcullis development CA'

const HOUR_MS = 3_600_000
const LIFETIME_MS = 90 * 24 * HOUR_MS
const KEY_BITS = 2_048
/** The DER of a DigestInfo for SHA-256, up to the digest. RFC 8017 §9.2, note 1. */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')

const generate = promisify(generateKeyPair)

interface Issuer {
  readonly attributes: forge.pki.CertificateField[]
  readonly keyIdentifier: string
  readonly key: KeyObject
}

/**
 * Makes a CA and a serving certificate for hosts (DNS names and IP addresses), valid for 90 days. The CA's key is thrown away:
 * nobody can issue anything else in its name.
 */
export async function issueDevCertificates(options: {
  readonly now: Date
  readonly hosts: readonly string[]
}): Promise<DevCertificates> {
  // Off this thread: forge would hold it up for hundreds of milliseconds.
  const [caKeys, keys] = await Promise.all([makeKeys(), makeKeys()])
  const issuer: Issuer = {
    attributes: [{ name: 'commonName', value: DEV_CA_NAME }],
    keyIdentifier: keyIdentifier(caKeys.public),
    key: caKeys.private,
  }
  const ca = sign(issuer, caKeys.public, issuer.attributes, options.now, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ])
  const subject = [{ name: 'commonName', value: 'portcullis' }]
  const leaf = sign(issuer, keys.public, subject, options.now, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: options.hosts.map(toAltName) },
  ])
  return {
    caCertificate: ca,
    certificate: leaf,
    key: keys.private.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function sign(
  issuer: Issuer,
  publicKey: forge.pki.rsa.PublicKey,
  subject: forge.pki.CertificateField[],
  now: Date,
  extensions: readonly object[],
): string {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  certificate.serialNumber = makeSerial()
  // Clocks of other machines may be behind.
  certificate.validity.notBefore = new Date(now.getTime() - HOUR_MS)
  certificate.validity.notAfter = new Date(now.getTime() + LIFETIME_MS)
  certificate.setSubject(subject)
  certificate.setIssuer(issuer.attributes)
  certificate.setExtensions([
    ...extensions,
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.keyIdentifier },
  ])
  certificate.sign(signer(issuer.key), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n')
}

async function makeKeys(): Promise<{ private: KeyObject; public: forge.pki.rsa.PublicKey }> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: KEY_BITS })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { private: privateKey, public: forge.pki.publicKeyFromPem(pem) }
}

/** What forge takes for a key, signing by OpenSSL: 1 ms, where forge's own arithmetic takes 50 to 100. */
function signer(key: KeyObject): forge.pki.rsa.PrivateKey {
  const sign = (digest: forge.md.MessageDigest): string => {
    const bytes = Buffer.from(digest.digest().getBytes(), 'latin1')
    const padded = { key, padding: constants.RSA_PKCS1_PADDING }
    return privateEncrypt(padded, Buffer.concat([SHA256_DIGEST_INFO, bytes])).toString('latin1')
  }
  return { sign } as unknown as forge.pki.rsa.PrivateKey
}

/** 20 bytes, the most that RFC 5280 §4.1.2.2 allows: positive, and too many to be chosen twice. */
function makeSerial(): string {
  const bytes = randomBytes(20)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

/** RFC 5280 §4.2.1.2, method 1. */
function keyIdentifier(key: forge.pki.rsa.PublicKey): string {
  return forge.pki.getPublicKeyFingerprint(key, { type: 'RSAPublicKey' }).getBytes()
}

function toAltName(host: string): object {
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host)
  return isAddress ? { type: 7, ip: host } : { type: 2, value: host }
}
