// Label selectors as in k8s.io/apimachinery/pkg/apis/meta/v1 and pkg/labels.
import { unreachable } from '../errors.ts'
import type { Json } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import type { LabelSelector, LabelSelectorRequirement } from '../bundle/match.ts'

export function isEmptySelector(selector: LabelSelector): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  )
}

/**
 * Says whether an object's metadata.labels fit. Labels that are no map of strings fit every selector: the API server lets
 * no such object in, and a reader that left it out would leave it unjudged.
 */
export function matchSelector(selector: LabelSelector, object: Json): boolean {
  const labels = readLabels(object)
  if (labels === undefined) return true
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels.get(key) !== value) return false
  }
  return (selector.matchExpressions ?? []).every((each) => meetsRequirement(each, labels))
}

function meetsRequirement(
  requirement: LabelSelectorRequirement,
  labels: ReadonlyMap<string, string>,
): boolean {
  const value = labels.get(requirement.key)
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && (requirement.values ?? []).includes(value)
    case 'NotIn':
      // A label that is not there is in no list.
      return value === undefined || !(requirement.values ?? []).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return unreachable(requirement.operator)
  }
}

/** A Map, so that `constructor` and `__proto__` are labels like any other. */
function readLabels(object: Json): ReadonlyMap<string, string> | undefined {
  const metadata = readField(object, 'metadata')
  const labels = readField(metadata, 'labels')
  if (labels === null) return new Map()
  if (!isJsonObject(labels)) return undefined
  const result = new Map<string, string>()
  for (const [key, value] of Object.entries(labels)) {
    if (typeof value !== 'string') return undefined
    result.set(key, value)
  }
  return result
}

function readField(value: Json, key: string): Json {
  return isJsonObject(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null
}
