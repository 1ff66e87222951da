// The AdmissionReview that the API server would send for an object in a file.
import { createHash } from 'node:crypto'

import type { JsonObject } from '../bundle/bundle.ts'
import type { Operation } from '../bundle/match.ts'
import type { AdmissionRequest, Review, UserInfo } from '../policy/review.ts'
import { toJson, toValue, withEntries, type YamlNode } from '../yaml/yaml-node.ts'
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
  const request: AdmissionRequest = {
    uid: '',
    kind: { group, version, kind },
    resource: { group, version, resource: served.resource },
    subResource: options.subResource ?? '',
    name: resource.name,
    namespace,
    operation: options.operation,
    userInfo: options.userInfo ?? DEFAULT_USER,
    object: newNode === undefined ? null : valueOf(resource, newNode),
    oldObject: oldNode === undefined ? null : valueOf(resource, oldNode),
    dryRun: options.dryRun ?? false,
  }
  const objects = {
    object: newNode === undefined ? 'null' : toJson(newNode),
    oldObject: oldNode === undefined ? 'null' : toJson(oldNode),
  }
  const rest = membersJson(request, objects)
  const uid = uidOf(`{"uid":"",${rest}}`)
  const json = `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"${uid}",${rest}}}`
  return { request: { ...request, uid }, bytes: new TextEncoder().encode(json) }
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
  const empty: YamlNode = { kind: 'map', span: node.span, entries: new Map() }
  const base = metadata?.kind === 'map' ? metadata : empty
  return withEntries(node, { metadata: withEntries(base, { namespace }) })
}

function valueOf(resource: Resource, node: YamlNode): JsonObject {
  return node === resource.node ? resource.object : (toValue(node) as JsonObject)
}

/** As Go writes the request, behind its uid: members in the order of the type, those that are empty left out. */
function membersJson(
  request: AdmissionRequest,
  objects: { readonly object: string; readonly oldObject: string },
): string {
  const member = (key: string, value: unknown): string =>
    `${JSON.stringify(key)}:${JSON.stringify(value)},`
  const optional = (key: string, value: string): string => (value === '' ? '' : member(key, value))
  const { kind, resource, operation } = request
  const members = [
    member('kind', kind),
    member('resource', resource),
    optional('subResource', request.subResource),
    member('requestKind', kind),
    member('requestResource', resource),
    optional('requestSubResource', request.subResource),
    optional('name', request.name),
    optional('namespace', request.namespace),
    member('operation', operation),
    member('userInfo', request.userInfo),
    `"object":${objects.object},"oldObject":${objects.oldObject},`,
    member('dryRun', request.dryRun),
    `"options":${JSON.stringify(optionsOf(operation))}`,
  ]
  return members.join('')
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
function uidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
