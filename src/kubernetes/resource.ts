// A Kubernetes object in a file: what the engine judges in `check`.
import type { Review } from '../policy/review.ts'
import type { SourceFile } from '../source/source-file.ts'
import type { YamlNode } from '../yaml/yaml-node.ts'
import type { ServedResource } from './resource-of.ts'

export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  /** Empty where the API server would make one from generateName. */
  readonly name: string
  /** metadata.namespace; absent where the file does not say. */
  readonly namespace?: string
  readonly file: SourceFile
  /** The object's own node: paths of violations start here. */
  readonly node: YamlNode
  /** Which document of the file, from 0. */
  readonly documentIndex: number
  /** Where the object lies in its document: empty, or `["items", 2]` in a List, or `["request", "object"]` in a review. */
  readonly prefix: readonly (string | number)[]
  /** The chart's file that Helm rendered the document from, where a comment says so. */
  readonly source?: string
  /** Set where the object is a live cluster's: what it is served as. Its file then has a name and no text. */
  readonly served?: ServedResource
  /** Set where the file holds the review itself, which then stands as it is. */
  readonly review?: Review
}

export interface ResourceOrigin {
  readonly file: SourceFile
  readonly documentIndex: number
  readonly prefix: readonly (string | number)[]
  readonly source?: string
  readonly served?: ServedResource
}

/** Makes a resource of a node that is known to be an object with string apiVersion and kind. */
export function createResource(
  identity: { readonly apiVersion: string; readonly kind: string },
  node: YamlNode,
  origin: ResourceOrigin,
  review?: Review,
): Resource {
  const metadata = node.entries?.get('metadata')
  const namespace = stringAt(metadata, 'namespace')
  const { apiVersion, kind } = identity
  const { file, documentIndex, prefix, source, served } = origin
  // One by one: to copy the members of two objects takes V8 ten times as long.
  return {
    apiVersion,
    kind,
    name: stringAt(metadata, 'name') ?? '',
    file,
    node,
    documentIndex,
    prefix,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    ...(source === undefined ? {} : { source }),
    ...(served === undefined ? {} : { served }),
    ...(review === undefined ? {} : { review }),
  }
}

/** Returns a map's entry where it is a string. */
export function stringAt(node: YamlNode | undefined, key: string): string | undefined {
  const scalar = node?.entries?.get(key)?.scalar
  return typeof scalar === 'string' ? scalar : undefined
}

/** Returns `Deployment shop/web`, `Namespace shop`, or `Job in shop` and `Pod` where there is no name. */
export function describeResource(resource: {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}): string {
  const { kind, name, namespace = '' } = resource
  if (name === '') return namespace === '' ? kind : `${kind} in ${namespace}`
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}
