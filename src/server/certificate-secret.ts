// Certificates as a Secret keeps them: the pair that serves under the names that everybody knows, and beside it all CAs with
// their keys. All of it is one object, so it is written whole or not at all.
import type { Json, JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import { CertError } from '../certs/cert-error.ts'
import type { RotationState, StoredCa } from '../certs/rotation.ts'

const CERTIFICATE = 'tls.crt'
const KEY = 'tls.key'
const AUTHORITIES = 'authorities.json'

/**
 * What a Secret holds; undefined where that is nothing, or nothing that can be read.
 *
 * @throws CertError `certificate-foreign` for one in which somebody else keeps something.
 */
export function readCertificateSecret({ data }: JsonObject): RotationState | undefined {
  const held = isJsonObject(data) ? data : {}
  const authorities = textOf(held[AUTHORITIES])
  if (authorities === undefined) {
    if (Object.keys(held).length === 0) return undefined
    throw new CertError(
      'certificate-foreign',
      `the Secret holds ${Object.keys(held).join(', ')}, which was not put there by --manage-certs`,
    )
  }
  const cas = parseAuthorities(authorities)
  if (cas === undefined) return undefined
  const [certificate, key] = [textOf(held[CERTIFICATE]), textOf(held[KEY])]
  return certificate === undefined || key === undefined
    ? { cas }
    : { cas, leaf: { certificate, key } }
}

/** The `data` of a Secret. */
export function writeCertificateSecret({ cas, leaf }: RotationState): JsonObject {
  const data: Record<string, string> = { [AUTHORITIES]: encode(JSON.stringify(cas)) }
  if (leaf !== undefined) {
    data[CERTIFICATE] = encode(leaf.certificate)
    data[KEY] = encode(leaf.key)
  }
  return data
}

function parseAuthorities(text: string): readonly StoredCa[] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(parsed)) return undefined
  const cas: readonly (StoredCa | undefined)[] = parsed.map(parseAuthority)
  return cas.every((ca) => ca !== undefined) ? cas : undefined
}

function parseAuthority(value: unknown): StoredCa | undefined {
  if (!isJsonObject(value)) return undefined
  const { certificate, key, servesUntil } = value
  const until = typeof servesUntil === 'string' ? new Date(servesUntil) : undefined
  const isWhole =
    typeof certificate === 'string' &&
    (key === undefined || typeof key === 'string') &&
    (servesUntil === undefined || (until !== undefined && !Number.isNaN(until.getTime())))
  if (!isWhole) return undefined
  return {
    certificate,
    ...(key === undefined ? {} : { key }),
    ...(until === undefined ? {} : { servesUntil: until }),
  }
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString() : undefined
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}
