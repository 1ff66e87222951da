// Namespaces by name, for selectors: from files, since nobody asks an API server here.
import type { Json, JsonObject } from '../bundle/bundle.ts'
import type { NamespaceAnswer, NamespaceLookup } from '../policy/review.ts'
import type { Resource } from '../kubernetes/resource.ts'

/** What a Namespace that nobody gave means: `check --unknown-namespace`. */
export const UNKNOWN_NAMESPACE = ['error', 'skip', 'match'] as const
export type UnknownNamespace = (typeof UNKNOWN_NAMESPACE)[number]

const ANSWERS: Readonly<Record<UnknownNamespace, NamespaceAnswer>> = {
  error: { kind: 'unknown' },
  skip: { kind: 'skip' },
  match: { kind: 'assume-match' },
}

export function namespacesAmong(resources: readonly Resource[]): readonly Resource[] {
  return resources.filter((each) => each.apiVersion === 'v1' && each.kind === 'Namespace')
}

/** A later Namespace of the same name takes the place of an earlier one. */
export function lookupAmong(
  namespaces: readonly Resource[],
  unknown: UnknownNamespace,
): NamespaceLookup {
  const byName = new Map(namespaces.map((each) => [each.name, labelledByName(each)]))
  return (name) => {
    const object = byName.get(name)
    return object === undefined ? ANSWERS[unknown] : { kind: 'found', object }
  }
}

/** The API server sets this label on every Namespace, so a file without it means the same. */
function labelledByName(namespace: Resource): JsonObject {
  const metadata = asObject(namespace.object['metadata'])
  const labels = asObject(metadata['labels'])
  return {
    ...namespace.object,
    metadata: {
      ...metadata,
      labels: { ...labels, 'kubernetes.io/metadata.name': namespace.name },
    },
  }
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}
