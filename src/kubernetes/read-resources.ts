import { parseReview } from '../admission/parse-review.ts'
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile, Span } from '../source/source-file.ts'
import { locate } from '../yaml/locate.ts'
import { toJsonBytes } from '../yaml/json-writer.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { withEntries, type YamlNode } from '../yaml/yaml-node.ts'
import { helmSource } from './helm-source.ts'
import { findRemovedApi } from './removed-apis.ts'
import { scopeOf } from './resource-of.ts'
import { createResource, type Resource, type ResourceOrigin, stringAt } from './resource.ts'

export interface ResourceFile {
  readonly resources: readonly Resource[]
  readonly diagnostics: readonly Diagnostic[]
  /** Every document of the file, unreadable and empty ones included. */
  readonly documents: number
  /** Documents without content, which Kubernetes' tools pass over. */
  readonly empty: number
}

/**
 * Reads the Kubernetes objects of a file, in order. Whatever has `items`, of a List's kind or of any other, becomes its
 * items, as it does to kubectl: a ConfigMap with a Pod among its items creates the Pod. An AdmissionReview becomes the
 * object it is about. What is neither yields a diagnostic, so that no document goes unread in silence. Source:
 * apimachinery, pkg/apis/meta/v1/unstructured/helpers.go, decode.
 */
export function readResources(file: SourceFile): ResourceFile {
  const { documents, diagnostics, total } = readYaml(file)
  const reader: Reader = { resources: [], diagnostics: [...diagnostics] }
  let empty = 0
  for (const { root, index } of documents) {
    // `null` is what an empty document is to Kubernetes' tools.
    if (root === undefined || (root.kind === 'scalar' && root.scalar === null)) empty++
    else {
      const source = helmSource(file, root.span.start)
      const origin = { file, documentIndex: index, prefix: [] }
      readObject(reader, root, source === undefined ? origin : { ...origin, source }, undefined)
    }
  }
  return { ...reader, documents: total, empty }
}

/** Reads the objects of a node that stands for a document of its own. */
export function readResourceNode(
  node: YamlNode,
  origin: ResourceOrigin,
): Pick<ResourceFile, 'resources' | 'diagnostics'> {
  const reader: Reader = { resources: [], diagnostics: [] }
  readObject(reader, node, origin, undefined)
  return reader
}

interface Reader {
  readonly resources: Resource[]
  readonly diagnostics: Diagnostic[]
}

/** What the items of a `PodList` are where they do not say; those of any other kind are of that kind. */
interface ItemDefaults {
  readonly apiVersion: string
  readonly kind: string
}

function readObject(
  reader: Reader,
  given: YamlNode,
  origin: ResourceOrigin,
  defaults: ItemDefaults | undefined,
): void {
  const report = (message: string, span: Span): void => {
    reader.diagnostics.push(
      diagnostic('kubernetes/not-an-object', message, { primary: { file: origin.file, span } }),
    )
  }
  if (given.kind !== 'map') {
    report(`expected a Kubernetes object, got a ${given.kind}`, locate(given, []).span)
    return
  }
  const node = defaults === undefined ? given : withDefaults(given, defaults)
  for (const key of ['apiVersion', 'kind']) {
    if ((stringAt(node, key) ?? '') !== '') continue
    const message = node.entries?.has(key) ? `\`${key}\` is not a string` : `\`${key}\` is missing`
    report(`${message}, so this is no Kubernetes object`, locate(given, [key]).span)
    return
  }
  const identity = {
    apiVersion: stringAt(node, 'apiVersion') ?? '',
    kind: stringAt(node, 'kind') ?? '',
  }
  if (!/^(?:[^/]+\/)?[^/]+$/.test(identity.apiVersion)) {
    report('`apiVersion` is not `version` or `group/version`', locate(given, ['apiVersion']).span)
    return
  }
  const items = node.entries?.get('items')
  if (items?.kind === 'list') {
    readItems(reader, identity, items, origin)
    return
  }
  if (items !== undefined && items.scalar !== null) {
    report(`\`items\` is a ${items.kind}, expected a list`, locate(given, ['items']).span)
    return
  }
  if (identity.kind === 'List') {
    if (items === undefined) report('a List without `items`', locate(given, ['kind']).span)
    return
  }
  if (identity.kind === 'AdmissionReview' && identity.apiVersion.startsWith('admission.k8s.io/')) {
    readReview(reader, node, origin)
    return
  }
  const fault = metadataFault(node)
  if (fault !== undefined) {
    report(fault.message, locate(given, fault.path).span)
    return
  }
  const resource = createResource(identity, node, origin)
  warnOfRemovedApi(reader, resource, given)
  reader.resources.push(resource)
}

function warnOfRemovedApi(reader: Reader, resource: Resource, given: YamlNode): void {
  const { apiVersion, kind, file } = resource
  const removed = findRemovedApi(apiVersion, kind)
  if (removed === undefined) return
  const { since, replacement } = removed
  const message = `no API server since Kubernetes ${since} serves ${kind} in \`${apiVersion}\``
  const help =
    replacement === undefined
      ? 'nothing takes its place: leave it out'
      : `write \`apiVersion: ${replacement}\`, which is what policies know`
  const { span } = locate(given, ['apiVersion'])
  reader.diagnostics.push(
    diagnostic('kubernetes/removed-api', message, { primary: { file, span }, help }),
  )
}

function readItems(
  reader: Reader,
  list: ItemDefaults,
  items: YamlNode,
  origin: ResourceOrigin,
): void {
  const itemKind = list.kind.replace(/List$/, '')
  const defaults = itemKind === '' ? undefined : { apiVersion: list.apiVersion, kind: itemKind }
  for (const [index, item] of (items.items ?? []).entries()) {
    const prefix = [...origin.prefix, 'items', index]
    readObject(reader, item, { ...origin, prefix }, defaults)
  }
}

function withDefaults(node: YamlNode, defaults: ItemDefaults): YamlNode {
  const missing: Record<string, string> = {}
  if (!node.entries?.has('apiVersion')) missing['apiVersion'] = defaults.apiVersion
  if (!node.entries?.has('kind')) missing['kind'] = defaults.kind
  return withEntries(node, missing)
}

function readReview(reader: Reader, node: YamlNode, origin: ResourceOrigin): void {
  const parsed = parseReview(toJsonBytes(node))
  if (parsed.kind !== 'review') {
    reader.diagnostics.push(
      diagnostic('kubernetes/invalid-review', parsed.message, {
        primary: { file: origin.file, span: locate(node, ['request']).span },
      }),
    )
    return
  }
  const { request } = parsed.review
  // Bindings for some namespaces would pass over it in silence.
  if (request.namespace === '' && scopeOf(request.resource) === 'Namespaced') {
    const message = `\`request.namespace\` is missing, and \`${request.resource.resource}\` lie in namespaces`
    const { span } = locate(node, ['request', 'namespace'])
    reader.diagnostics.push(
      diagnostic('kubernetes/invalid-review', message, { primary: { file: origin.file, span } }),
    )
    return
  }
  const requestNode = node.entries?.get('request')
  const key = requestNode?.entries?.get('object')?.kind === 'map' ? 'object' : 'oldObject'
  const object = requestNode?.entries?.get(key)
  const { group, version, kind } = request.kind
  const identity = { apiVersion: group === '' ? version : `${group}/${version}`, kind }
  const prefix = [...origin.prefix, 'request', ...(object?.kind === 'map' ? [key] : [])]
  const target = object?.kind === 'map' ? object : (requestNode ?? node)
  const resource = createResource(identity, target, { ...origin, prefix }, parsed.review)
  reader.resources.push({
    ...resource,
    // The request decides, as it does at admission.
    name: request.name === '' ? resource.name : request.name,
    ...(request.namespace === '' ? {} : { namespace: request.namespace }),
  })
}

/** What the API server could not read as an object's metadata, and would refuse. */
function metadataFault(
  node: YamlNode,
): { readonly message: string; readonly path: readonly string[] } | undefined {
  const metadata = node.entries?.get('metadata')
  if (metadata === undefined || (metadata.kind === 'scalar' && metadata.scalar === null))
    return undefined
  if (metadata.kind !== 'map') {
    return { message: `\`metadata\` is a ${metadata.kind}, expected a map`, path: ['metadata'] }
  }
  for (const key of ['name', 'generateName', 'namespace']) {
    const value = metadata.entries?.get(key)
    if (value === undefined || value.scalar === null || typeof value.scalar === 'string') continue
    return { message: `\`metadata.${key}\` is not a string`, path: ['metadata', key] }
  }
  return undefined
}
