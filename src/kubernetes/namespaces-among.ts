// Namespaces by name, for selectors: from files, since nobody asks an API server here.
import type { JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import type { NamespaceAnswer, NamespaceLookup } from '../policy/review.ts'
import { toValue } from '../yaml/yaml-node.ts'
import type { Resource } from './resource.ts'

/** What a Namespace that nobody gave means. */
export type UnknownNamespace = 'error' | 'skip' | 'match'

const ANSWERS: Readonly<Record<UnknownNamespace, NamespaceAnswer>> = {
  error: { kind: 'unknown' },
  skip: { kind: 'skip' },
  match: { kind: 'assume-match' },
}

/** What of a Namespace counts; its source does not, and is not to be kept for it. */
export interface NamedObject {
  readonly name: string
  readonly object: JsonObject
}

export function namespacesAmong(resources: readonly Resource[]): readonly NamedObject[] {
  return (
    resources
      .filter((each) => each.apiVersion === 'v1' && each.kind === 'Namespace')
      // A resource's node is a map.
      .map(({ name, node }) => ({ name, object: toValue(node) as JsonObject }))
  )
}

/**
 * Namespaces of the same name that differ, of two environments say, are disputed: which of them an object will meet is
 * not for us to guess, and none of them is unknown, so that `skip` does not pass over them.
 */
export function lookupAmong(
  namespaces: readonly NamedObject[],
  unknown: UnknownNamespace,
): NamespaceLookup {
  const byName = new Map<string, Map<string, JsonObject>>()
  for (const each of namespaces) {
    const object = labelledByName(each)
    const known = byName.get(each.name) ?? new Map<string, JsonObject>()
    byName.set(each.name, known.set(JSON.stringify(object), object))
  }
  return (name) => {
    const objects = [...(byName.get(name)?.values() ?? [])]
    const [object, second] = objects
    if (object === undefined) return ANSWERS[unknown]
    if (second === undefined) return { kind: 'found', object }
    const otherwise = unknown === 'match' ? 'assume-match' : 'unknown'
    return { kind: 'disputed', objects, otherwise }
  }
}

/**
 * The API server sets this label on every Namespace, so a file without it means the same. Labels that are no map stay as
 * they are: they fit every selector.
 */
function labelledByName(namespace: NamedObject): JsonObject {
  const metadata = namespace.object['metadata'] ?? {}
  if (!isJsonObject(metadata)) return namespace.object
  const labels = metadata['labels'] ?? {}
  if (!isJsonObject(labels)) return namespace.object
  return {
    ...namespace.object,
    metadata: {
      ...metadata,
      labels: { ...labels, 'kubernetes.io/metadata.name': namespace.name },
    },
  }
}
