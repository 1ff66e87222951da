// What the webhook makes of bytes before any policy sees them. Source: k8s.io/api/admission/v1 and what the API server sends;
// docs/reliability.md, rows A1 to A16. Until it is known which review is asked about there is no answer (`malformed`); from
// then on every doubt is a denial (`refused`).
import { at, isList, isMap, type MapTree, type Tree } from '../tree.ts'
import { readJson } from './read-json.ts'

export interface Request {
  readonly uid: string
  readonly operation: string
  /** `apps/deployments`, `pods/resize`; empty for what no resource is called. */
  readonly resource: string
  readonly namespace: string
  readonly object: Tree
  readonly oldObject: Tree
}

export type Reading =
  | { readonly kind: 'malformed' }
  | { readonly kind: 'refused'; readonly uid: string }
  /** One of the two: which of them is not laid down. */
  | { readonly kind: 'unread'; readonly uid: string }
  | { readonly kind: 'request'; readonly request: Request }

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']
const MAX_UID_LENGTH = 128
const MAX_NAME_LENGTH = 1_024
const MAX_GROUPS = 10_000
const MAX_DEPTH = 1_000
/** Where Go's encoding/json gives up. */
const MAX_GO_DEPTH = 10_000

export function readRequest(bytes: Uint8Array): Reading {
  const json = readJson(bytes)
  if (json === undefined || !isMap(json.tree)) return { kind: 'malformed' }
  if (at(json.tree, 'kind') !== 'AdmissionReview') return { kind: 'malformed' }
  if (at(json.tree, 'apiVersion') !== 'admission.k8s.io/v1') return { kind: 'malformed' }
  const wire = at(json.tree, 'request')
  const uid = at(wire, 'uid')
  if (!isMap(wire) || typeof uid !== 'string' || uid === '' || uid.length > MAX_UID_LENGTH) {
    return { kind: 'malformed' }
  }
  if (json.depth > MAX_GO_DEPTH) return { kind: 'unread', uid }
  const isAmbiguous = json.hasDuplicateKey || json.hasLoneSurrogate || json.hasNul
  if (json.depth > MAX_DEPTH || isAmbiguous || !isTyped(wire)) return { kind: 'refused', uid }
  const request: Request = {
    uid,
    operation: text(wire, 'operation'),
    resource: resourceName(wire),
    namespace: text(wire, 'namespace'),
    object: at(wire, 'object') ?? null,
    oldObject: at(wire, 'oldObject') ?? null,
  }
  return { kind: 'request', request }
}

/** Whether all that decides how a request is judged is there, and of its type. */
function isTyped(wire: MapTree): boolean {
  const groups = at(wire, 'userInfo', 'groups') ?? []
  const dryRun = at(wire, 'dryRun') ?? false
  return (
    OPERATIONS.includes(text(wire, 'operation')) &&
    [['subResource'], ['name'], ['namespace']].every((path) => isName(at(wire, ...path))) &&
    isTypeMeta(at(wire, 'kind'), 'kind') &&
    isTypeMeta(at(wire, 'resource'), 'resource') &&
    isMap(at(wire, 'userInfo')) &&
    isName(at(wire, 'userInfo', 'username')) &&
    isList(groups) &&
    groups.length <= MAX_GROUPS &&
    groups.every((group) => typeof group === 'string') &&
    typeof dryRun === 'boolean' &&
    [at(wire, 'object'), at(wire, 'oldObject')].every((object) => isOfKind(object, wire))
  )
}

/** Go leaves empty strings out, and reads null as one. */
function isName(value: Tree | undefined): boolean {
  return (value ?? null) === null || (typeof value === 'string' && value.length <= MAX_NAME_LENGTH)
}

function isTypeMeta(value: Tree | undefined, last: string): boolean {
  const given = [at(value, 'version'), at(value, last)]
  return isName(at(value, 'group')) && given.every((each) => isName(each) && (each ?? '') !== '')
}

/** Nothing, or an object of the kind that the request says it is, and no list of them. */
function isOfKind(object: Tree | undefined, wire: MapTree): boolean {
  if ((object ?? null) === null) return true
  const group = text(wire, 'kind', 'group')
  const version = text(wire, 'kind', 'version')
  const kind = text(wire, 'kind', 'kind')
  return (
    isMap(object) &&
    at(object, 'apiVersion') === (group === '' ? version : `${group}/${version}`) &&
    at(object, 'kind') === kind &&
    !(kind.endsWith('List') && isList(at(object, 'items')))
  )
}

function resourceName(wire: MapTree): string {
  const group = text(wire, 'resource', 'group')
  const parts = [group, text(wire, 'resource', 'resource'), text(wire, 'subResource')]
  return parts.some((part) => part.includes('/')) ? '' : parts.filter(Boolean).join('/')
}

function text(tree: Tree, ...path: readonly string[]): string {
  const value = at(tree, ...path)
  return typeof value === 'string' ? value : ''
}
