// The trust boundary. Until the bytes say which request they are about, a fault is `malformed` (an HTTP error, and the API
// server's failurePolicy decides); from then on every doubt is `refused`: a denial that holds under failurePolicy Ignore too.
// No message holds object content.
import { isUtf8 } from 'node:buffer'
import type { Operation } from '../bundle/match.ts'
import type { Json } from '../bundle/bundle.ts'
import type {
  AdmissionRequest,
  GroupVersionKind,
  GroupVersionResource,
  Review,
  UserInfo,
} from '../policy/review.ts'
import { countMembers, pruneJson, scanJson } from './scan-json.ts'

export type ParsedReview =
  | { readonly kind: 'review'; readonly review: Review; readonly apiVersion: typeof API_VERSION }
  /** It is known what is asked, and the answer is no. */
  | { readonly kind: 'refused'; readonly uid: string; readonly message: string }
  /** Not an AdmissionReview. */
  | { readonly kind: 'malformed'; readonly message: string }

export const API_VERSION = 'admission.k8s.io/v1'

/** Deeper objects are denied: the module's and our own recursion must never meet them. */
export const MAX_DEPTH = 1_000
/** Go's encoding/json, and so the API server, reads nothing deeper; such bytes are not even parsed. */
const MAX_PARSED_DEPTH = 10_050
/**
 * Each list and object takes JSON.parse half a microsecond, and the module as long and 200 bytes: 7 MB of `{}` would hold the
 * thread for 2 s. The densest that the API server writes, managed fields of environment variables, are 490,000 in 7 MB.
 */
export const MAX_COLLECTIONS = 750_000
/** The review and its request; all that says which request it is. */
const OUTLINE_DEPTH = 2
const MAX_UID_LENGTH = 128
const MAX_NAME_LENGTH = 1_024
const MAX_GROUPS = 10_000

const OPERATIONS: ReadonlySet<string> = new Set<Operation>([
  'CREATE',
  'UPDATE',
  'DELETE',
  'CONNECT',
])

/** Reads an AdmissionReview v1 from the body of a request. Source: k8s.io/api/admission/v1 types. */
export function parseReview(bytes: Uint8Array): ParsedReview {
  if (bytes.length === 0) return malformed('the body is empty')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return malformed('the body starts with a byte order mark')
  }
  if (!isUtf8(bytes)) return malformed('the body is not UTF-8')
  const scan = scanJson(bytes)
  if (scan.depth > MAX_PARSED_DEPTH) return malformed('the body is nested too deeply')
  const isCrowded = scan.collections > MAX_COLLECTIONS
  const root = parseJson(isCrowded ? pruneJson(bytes, OUTLINE_DEPTH) : bytes)
  if (root === undefined) return malformed('the body is not one JSON document')

  if (!isRecord(root) || member(root, 'kind') !== 'AdmissionReview') {
    return malformed('kind is not AdmissionReview')
  }
  const apiVersion = member(root, 'apiVersion')
  if (apiVersion === 'admission.k8s.io/v1beta1') {
    return malformed(
      'apiVersion admission.k8s.io/v1beta1 is not served, set admissionReviewVersions to [v1]',
    )
  }
  if (apiVersion !== API_VERSION) return malformed(`apiVersion is not ${API_VERSION}`)
  const request = member(root, 'request')
  if (!isRecord(request)) return malformed('request is missing or not an object')
  const uid = member(request, 'uid')
  if (typeof uid !== 'string' || uid === '' || uid.length > MAX_UID_LENGTH) {
    return malformed(`request.uid is not a string of 1 to ${MAX_UID_LENGTH} characters`)
  }

  try {
    if (scan.depth > MAX_DEPTH) throw new Refusal(`nested deeper than ${MAX_DEPTH} levels`)
    if (isCrowded) throw new Refusal(`more than ${MAX_COLLECTIONS} lists and objects`)
    if (scan.loneSurrogate) throw new Refusal('a string holds half a surrogate pair')
    if (scan.nul) throw new Refusal('a string holds a NUL character')
    if (scan.members !== countMembers(root)) throw new Refusal('an object has the same key twice')
    return { kind: 'review', review: { request: readRequest(request, uid), bytes }, apiVersion }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { kind: 'refused', uid, message: `the review is not readable: ${error.message}` }
  }
}

/** Ends the reading of one review; never leaves this file. */
class Refusal extends Error {}

type Wire = Readonly<Record<string, unknown>>

function malformed(message: string): ParsedReview {
  return { kind: 'malformed', message }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
    )
  } catch {
    // The engine's own message quotes the text.
    return undefined
  }
}

function readRequest(request: Wire, uid: string): AdmissionRequest {
  const kind = readKind(member(request, 'kind'))
  const operation = member(request, 'operation')
  if (typeof operation !== 'string' || !isOperation(operation)) {
    throw new Refusal('request.operation is not CREATE, UPDATE, DELETE or CONNECT')
  }
  return {
    uid,
    kind,
    resource: readResource(member(request, 'resource')),
    subResource: readName(request, 'subResource'),
    name: readName(request, 'name'),
    namespace: readName(request, 'namespace'),
    operation,
    userInfo: readUserInfo(member(request, 'userInfo')),
    object: readObject(request, 'object', kind),
    oldObject: readObject(request, 'oldObject', kind),
    dryRun: readDryRun(member(request, 'dryRun')),
  }
}

function readKind(value: unknown): GroupVersionKind {
  if (!isRecord(value)) throw new Refusal('request.kind is missing or not an object')
  return {
    group: readName(value, 'group', 'request.kind.'),
    version: readGiven(value, 'version', 'request.kind.'),
    kind: readGiven(value, 'kind', 'request.kind.'),
  }
}

function readResource(value: unknown): GroupVersionResource {
  if (!isRecord(value)) throw new Refusal('request.resource is missing or not an object')
  return {
    group: readName(value, 'group', 'request.resource.'),
    version: readGiven(value, 'version', 'request.resource.'),
    resource: readGiven(value, 'resource', 'request.resource.'),
  }
}

function readUserInfo(value: unknown): UserInfo {
  if (!isRecord(value)) throw new Refusal('request.userInfo is missing or not an object')
  const groups = member(value, 'groups') ?? []
  if (!Array.isArray(groups) || groups.length > MAX_GROUPS || !groups.every(isString)) {
    throw new Refusal('request.userInfo.groups is not a list of strings')
  }
  return { username: readName(value, 'username', 'request.userInfo.'), groups }
}

/** Null where it is absent: a DELETE has no object, a CREATE no oldObject. */
function readObject(request: Wire, key: 'object' | 'oldObject', kind: GroupVersionKind): Json {
  const value = member(request, key)
  if (value === undefined || value === null) return null
  if (!isRecord(value)) throw new Refusal(`request.${key} is not an object`)
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
  // The API server converts every object to request.kind; anything else would be judged as what it is not.
  if (member(value, 'apiVersion') !== apiVersion || member(value, 'kind') !== kind.kind) {
    throw new Refusal(`request.${key} is not of the kind that request.kind says`)
  }
  // What the API server itself takes for a list. No policy looks into items.
  if (kind.kind.endsWith('List') && Array.isArray(member(value, 'items'))) {
    throw new Refusal(`request.${key} is a list, submit its items one by one`)
  }
  return readLabels(value)
}

/**
 * What selectors read of an object. Policies read the bytes; a tree of millions of values that lived on while they do would
 * be walked by the garbage collector each time that the module's memory grows, which took longer than all else together.
 */
function readLabels(object: Wire): Json {
  const metadata = member(object, 'metadata')
  const labels = isRecord(metadata) ? member(metadata, 'labels') : undefined
  return labels === undefined ? {} : { metadata: { labels: labels as Json } }
}

function readDryRun(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw new Refusal('request.dryRun is not a boolean')
  return value
}

/** Absent and null are "", as Go writes and reads a string with omitempty. */
function readName(record: Wire, key: string, prefix = 'request.'): string {
  const value = member(record, key) ?? ''
  if (!isString(value)) throw new Refusal(`${prefix}${key} is not a string`)
  if (value.length > MAX_NAME_LENGTH) throw new Refusal(`${prefix}${key} is too long`)
  return value
}

function readGiven(record: Wire, key: string, prefix: string): string {
  const value = readName(record, key, prefix)
  if (value === '') throw new Refusal(`${prefix}${key} is missing`)
  return value
}

/** Own members only: `__proto__` and `constructor` are keys like any other. */
function member(record: Wire, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function isRecord(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isOperation(value: string): value is Operation {
  return OPERATIONS.has(value)
}
