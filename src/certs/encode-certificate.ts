// An X.509 certificate in DER, for a key on the curve P-256 and signed by one. forge writes the DER; it knows no such keys, and
// never judges a certificate here: node:crypto does.
import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import forge from 'node-forge'
import { parseAddress } from './ip-address.ts'

const { asn1 } = forge
type Asn1 = forge.asn1.Asn1

export interface CertificateParts {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  /** The key that signs, and its public half. */
  readonly issuerKeys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
  readonly notBefore: Date
  readonly notAfter: Date
  /** Of a server: its DNS names and IP addresses. Of a CA: undefined. */
  readonly hosts: readonly string[] | undefined
}

const OID = {
  commonName: '2.5.4.3',
  ecPublicKey: '1.2.840.10045.2.1',
  prime256v1: '1.2.840.10045.3.1.7',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

/** PEM of a certificate (RFC 5280 §4.1) by ECDSA with SHA-256 (RFC 5758 §3.2), under a fresh serial. */
export function encodeCertificate(parts: CertificateParts): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  const tbs = sequence(
    tagged(0, true, [integer('\u0002')]),
    integer(makeSerial()),
    algorithm,
    commonName(parts.issuer),
    sequence(time(parts.notBefore), time(parts.notAfter)),
    commonName(parts.subject),
    sequence(
      sequence(oid(OID.ecPublicKey), oid(OID.prime256v1)),
      bitString(pointOf(parts.publicKey)),
    ),
    tagged(3, true, [sequence(...extensionsOf(parts))]),
  )
  const signature = sign('sha256', bytesOf(tbs), parts.issuerKeys.privateKey)
  const certificate = sequence(tbs, algorithm, bitString(signature.toString('latin1')))
  const lines =
    bytesOf(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function extensionsOf({ publicKey, issuerKeys, hosts }: CertificateParts): readonly Asn1[] {
  const authority = keyIdentifier(issuerKeys.publicKey)
  const common = [
    extension(OID.subjectKeyIdentifier, octets(keyIdentifier(publicKey))),
    extension(OID.authorityKeyIdentifier, sequence(tagged(0, false, authority))),
  ]
  if (hosts === undefined) {
    return [
      // It signs certificates of servers, and no other CA.
      criticalExtension(OID.basicConstraints, sequence(TRUE, integer('\0'))),
      // keyCertSign and cRLSign.
      criticalExtension(OID.keyUsage, bitString('\u0006', 1)),
      ...common,
    ]
  }
  const names = hosts.map((host) => {
    const address = parseAddress(host)
    return address === undefined
      ? tagged(2, false, host)
      : tagged(7, false, String.fromCharCode(...address))
  })
  return [
    criticalExtension(OID.basicConstraints, sequence()),
    // digitalSignature.
    criticalExtension(OID.keyUsage, bitString('\u0080', 7)),
    extension(OID.extKeyUsage, sequence(oid(OID.serverAuth))),
    ...(names.length === 0 ? [] : [extension(OID.subjectAltName, sequence(...names))]),
    ...common,
  ]
}

/** 20 bytes, the most that RFC 5280 §4.1.2.2 allows: positive, and too many to be chosen twice. */
function makeSerial(): string {
  const bytes = randomBytes(20)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('latin1')
}

/** RFC 5280 §4.2.1.2, method 1. */
function keyIdentifier(key: KeyObject): string {
  return createHash('sha1').update(pointOf(key), 'latin1').digest().toString('latin1')
}

/** The public key as a point, not compressed: SEC 1 §2.3.3. */
function pointOf(key: KeyObject): string {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const point = [
    '\u0004',
    ...[x, y].map((each) => Buffer.from(each, 'base64url').toString('latin1')),
  ]
  return point.join('')
}

function commonName(name: string): Asn1 {
  const value = universal(asn1.Type.UTF8, Buffer.from(name, 'utf8').toString('latin1'))
  return sequence(universal(asn1.Type.SET, [sequence(oid(OID.commonName), value)]))
}

/** RFC 5280 §4.1.2.5: two digits for the year up to 2049. */
function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2_050
    ? universal(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : universal(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date))
}

function extension(id: string, value: Asn1): Asn1 {
  return sequence(oid(id), octets(asn1.toDer(value).getBytes()))
}

function criticalExtension(id: string, value: Asn1): Asn1 {
  return sequence(oid(id), TRUE, octets(asn1.toDer(value).getBytes()))
}

function universal(type: forge.asn1.Type, value: string | Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, type, typeof value !== 'string', value)
}

function sequence(...members: readonly Asn1[]): Asn1 {
  return universal(asn1.Type.SEQUENCE, [...members])
}

function oid(id: string): Asn1 {
  return universal(asn1.Type.OID, asn1.oidToDer(id).getBytes())
}

function integer(bytes: string): Asn1 {
  return universal(asn1.Type.INTEGER, bytes)
}

function octets(bytes: string): Asn1 {
  return universal(asn1.Type.OCTETSTRING, bytes)
}

function bitString(bytes: string, unusedBits = 0): Asn1 {
  return universal(asn1.Type.BITSTRING, String.fromCharCode(unusedBits) + bytes)
}

function tagged(tag: number, isConstructed: boolean, value: string | Asn1[]): Asn1 {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, isConstructed, value)
}

function bytesOf(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1')
}

const TRUE = universal(asn1.Type.BOOLEAN, '\u00ff')
