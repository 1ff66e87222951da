import { isJsonObject } from './is-json-object.ts'

/** JSON with sorted keys: equal for values that are equal; empty for undefined. */
export function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each: unknown) =>
      isJsonObject(each)
        ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? ''
  )
}
