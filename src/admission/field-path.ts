import { clean } from './clean-text.ts'

// Fields of Kubernetes' own types that are maps: field.Path writes their keys in brackets, whatever they look like.
const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'binaryData',
  'data',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
  'stringData',
])
const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/
const MAX_KEY_LENGTH = 128
const MAX_PATH_LENGTH = 512

/**
 * Writes a path as Kubernetes does: `spec.containers[0].image`, `metadata.labels[owner]`. Keys come from the object under
 * judgement: the result is cut to 512 characters and has no control characters.
 *
 * Source: k8s.io/apimachinery/pkg/util/validation/field, Path.
 */
export function fieldPath(path: readonly (string | number)[]): string {
  let text = ''
  let parent = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else if (MAPS.has(parent) || !FIELD_NAME.test(key)) text += `[${clean(key, MAX_KEY_LENGTH)}]`
    else text += text === '' ? key : `.${key}`
    parent = String(key)
    if (text.length > MAX_PATH_LENGTH) return clean(text, MAX_PATH_LENGTH)
  }
  return text
}
