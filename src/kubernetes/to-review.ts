// The AdmissionReview that the API server would send for an object in a file.
import { hash } from 'node:crypto'

import type { Json, JsonObject } from '../bundle/bundle.ts'
import type { Operation } from '../bundle/match.ts'
import { encodeText } from '../policy/memory-text.ts'
import type { AdmissionRequest, Review, UserInfo } from '../policy/review.ts'
import { JsonWriter } from '../yaml/json-writer.ts'
import { mapNode, toValue, withEntries, type YamlNode } from '../yaml/yaml-node.ts'
import type { Resource } from './resource.ts'
import { resourceOf, type ServedResource } from './resource-of.ts'
import { withServerDefaults } from './server-defaults.ts'

export interface ReviewOptions {
  readonly operation: Operation
  /** Takes the place of the namespace that a namespaced object names. */
  readonly namespace?: string
  /** What is to be replaced, on an UPDATE. */
  readonly oldObject?: Resource
  /** None where absent. */
  readonly subResource?: string
  /** Somebody without rights of note where absent, so that no exemption for a user or group applies by chance. */
  readonly userInfo?: UserInfo
  /** False where absent: what the API server sends for a request that is meant. */
  readonly dryRun?: boolean
}

/** A request before its uid is known. */
type Unnumbered = Omit<AdmissionRequest, 'uid'>

const HEAD = '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"'
const NO_UID = '00000000-0000-0000-0000-000000000000'

const DEFAULT_NAMESPACE = 'default'
export const DEFAULT_USER: UserInfo = {
  username: 'portcullis:check',
  groups: ['system:authenticated'],
}

/**
 * Returns the review for an object, the same for the same input. As the API server does before admission, it sets
 * metadata.namespace of a namespaced object (of a custom kind too: its scope is not known, and namespaced is the
 * stricter reading) and removes it from a cluster-scoped one. Source: apiserver, pkg/endpoints/handlers/create.go and
 * pkg/registry/rest/meta.go. Some of its defaults are filled in too. A resource that is a review already is returned as it
 * stands.
 */
export function toReview(resource: Resource, options: ReviewOptions): Review {
  if (resource.review !== undefined) return resource.review
  const served = resource.served ?? resourceOf(resource.apiVersion, resource.kind)
  const namespace = namespaceOf(resource, served, options.namespace)
  const complete = (each: YamlNode): YamlNode =>
    inNamespace(withServerDefaults(served, each), served.namespaced ? namespace : undefined)
  const node = complete(resource.node)
  const oldNode =
    options.operation === 'DELETE'
      ? node
      : options.oldObject === undefined
        ? undefined
        : complete(options.oldObject.node)
  const newNode = options.operation === 'DELETE' ? undefined : node
  const { group, version, kind } = served
  const request: Unnumbered = {
    kind: { group, version, kind },
    resource: { group, version, resource: served.resource },
    subResource: options.subResource ?? '',
    name: resource.name,
    namespace,
    operation: options.operation,
    userInfo: options.userInfo ?? DEFAULT_USER,
    object: newNode === undefined ? null : labelsOf(newNode),
    oldObject: oldNode === undefined ? null : labelsOf(oldNode),
    dryRun: options.dryRun ?? false,
  }
  const bytes = writeReview(request, newNode, oldNode)
  const uid = uidOf(bytes)
  bytes.set(encodeText(uid), HEAD.length)
  return { request: { ...request, uid }, bytes }
}

function namespaceOf(
  resource: Resource,
  served: ServedResource,
  override: string | undefined,
): string {
  if (served.namespaced) return override ?? resource.namespace ?? DEFAULT_NAMESPACE
  const isNamespace = served.group === '' && served.resource === 'namespaces'
  return isNamespace ? resource.name : ''
}

function inNamespace(node: YamlNode, namespace: string | undefined): YamlNode {
  const metadata = node.entries?.get('metadata')
  if (metadata?.entries?.get('namespace')?.scalar === namespace) return node
  const base = metadata?.kind === 'map' ? metadata : mapNode(node.span, undefined, new Map())
  return withEntries(node, { metadata: withEntries(base, { namespace }) })
}

/** What selectors read of an object. */
function labelsOf(node: YamlNode): JsonObject {
  const labels = node.entries?.get('metadata')?.entries?.get('labels')
  return labels === undefined ? {} : { metadata: { labels: toValue(labels) as Json } }
}

/** As Go writes it: members in the order of the type, those that are empty left out; in place of its uid there are zeros. */
function writeReview(
  request: Unnumbered,
  object: YamlNode | undefined,
  oldObject: YamlNode | undefined,
): Uint8Array {
  // JSON.stringify leaves out what is undefined.
  const given = (text: string): string | undefined => (text === '' ? undefined : text)
  const { kind, resource, operation, dryRun } = request
  const before = JSON.stringify({
    kind,
    resource,
    subResource: given(request.subResource),
    requestKind: kind,
    requestResource: resource,
    requestSubResource: given(request.subResource),
    name: given(request.name),
    namespace: given(request.namespace),
    operation,
    userInfo: request.userInfo,
  })
  const after = JSON.stringify({ dryRun, options: optionsOf(operation) })
  const writer = new JsonWriter()
  const writeObject = (node: YamlNode | undefined): void => {
    if (node === undefined) writer.writeText('null')
    else writer.writeNode(node)
  }
  writer.writeText(`${HEAD}${NO_UID}",${before.slice(1, -1)},"object":`)
  writeObject(object)
  writer.writeText(',"oldObject":')
  writeObject(oldObject)
  writer.writeText(`,${after.slice(1)}}`)
  return writer.finish()
}

function optionsOf(operation: Operation): JsonObject | null {
  const kinds = {
    CREATE: 'CreateOptions',
    UPDATE: 'UpdateOptions',
    DELETE: 'DeleteOptions',
    CONNECT: undefined,
  }
  const kind = kinds[operation]
  return kind === undefined ? null : { kind, apiVersion: 'meta.k8s.io/v1' }
}

/** A UUID (version 8: of the maker's own device) from what is asked. */
function uidOf(review: Uint8Array): string {
  const hex = hash('sha256', review)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
