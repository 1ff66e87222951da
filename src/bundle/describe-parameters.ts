// A policy's parameters as a person reads them, from the schema that checks them.
import type { Json, JsonObject, Policy } from './bundle.ts'
import { isJsonObject } from './is-json-object.ts'

export interface ParameterDescription {
  readonly name: string
  /** In words: `list of strings`. */
  readonly type: string
  readonly isRequired: boolean
  /** Absent where there is none. */
  readonly default?: Json
  /** In one line. */
  readonly description?: string
}

/** In the order of the schema. */
export function describeParameters({ parameterSchema }: Policy): readonly ParameterDescription[] {
  const required = parameterSchema['required']
  return Object.entries(asObject(parameterSchema['properties'])).map(([name, value]) => {
    const schema = asObject(value)
    const { default: otherwise, description } = schema
    return {
      name,
      type: typeOf(schema),
      isRequired: Array.isArray(required) && required.includes(name),
      ...(otherwise === undefined ? {} : { default: otherwise }),
      ...(typeof description === 'string' ? { description: oneLine(description) } : {}),
    }
  })
}

/** Breaks of lines and runs of spaces become one space. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ')
}

function typeOf(schema: JsonObject): string {
  const { type, items, additionalProperties, enum: choices } = schema
  if (Array.isArray(choices)) return choices.map((each) => JSON.stringify(each)).join(' or ')
  const names = typeof type === 'string' ? [type] : Array.isArray(type) ? type.map(String) : []
  const words = names.map((name) => {
    if (name === 'array') return listOf(typeOf(asObject(items)))
    if (name !== 'object') return name
    const value = typeOf(asObject(additionalProperties))
    return value === 'anything' ? 'map' : `map of ${value}`
  })
  return words.length === 0 ? 'anything' : words.join(' or ')
}

function listOf(item: string): string {
  if (item === 'anything') return 'list'
  return /^\w+$/.test(item) ? `list of ${item}s` : `list of ${item}`
}

function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}
