import type { JsonObject } from '../bundle/bundle.ts'

export function schemaId(schema: JsonObject): string {
  const id = schema['$id']
  if (typeof id !== 'string') throw new Error('bug: a published schema has no $id')
  return id
}
