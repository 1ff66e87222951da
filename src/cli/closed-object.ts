import type { JsonObject } from '../bundle/bundle.ts'

/** The schema of an object that has these keys and no others, and lacks none but the optional ones. */
export function closedObject(properties: JsonObject, optional: readonly string[] = []): JsonObject {
  const required = Object.keys(properties).filter((key) => !optional.includes(key))
  return { type: 'object', additionalProperties: false, required, properties }
}
