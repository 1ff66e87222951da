import type { JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import { ClusterError } from './cluster-error.ts'

export const NAMESPACES_PATH = '/api/v1/namespaces'

export function namespacePath(name: string): string {
  return `${NAMESPACES_PATH}/${encodeURIComponent(name)}`
}

/** As `kubectl get` shows it: with its type, which a list leaves out, and without the record of who wrote which field. */
export function namespaceForPolicies(object: JsonObject): JsonObject {
  const { managedFields: _, ...metadata } = metadataOf(object)
  return { ...object, apiVersion: 'v1', kind: 'Namespace', metadata }
}

/** @throws ClusterError `unexpected-answer` */
export function metadataOf({ metadata }: JsonObject): JsonObject {
  if (isJsonObject(metadata)) return metadata
  throw new ClusterError('unexpected-answer', 'an object without metadata')
}

/** @throws ClusterError `unexpected-answer` */
export function nameOf(object: JsonObject): string {
  const { name } = metadataOf(object)
  if (typeof name === 'string') return name
  throw new ClusterError('unexpected-answer', 'a Namespace without a name')
}
