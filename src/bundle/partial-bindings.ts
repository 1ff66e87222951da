import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import { isJsonObject } from './is-json-object.ts'
import { type KnownPolicy, type PartialBinding, parseBindings } from './parse-bindings.ts'
import type { Place } from './place.ts'
import { matchValidator } from './validators.ts'

/**
 * Of a list that its schema refuses, tells what is wrong with the meaning of its bindings, so that a misspelt key in one
 * place hides no unknown policy in another. `place` is where the list lies.
 */
export function checkPartialBindings(
  list: unknown,
  place: Place,
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): Diagnostic[] {
  if (!Array.isArray(list)) return []
  return parseBindings(list.map(toPartial), place, policies).diagnostics
}

function toPartial(value: unknown): PartialBinding {
  const name = readKey(value, 'name')
  const policy = readKey(value, 'policy')
  const match = readKey(value, 'match')
  const parameters = readKey(value, 'parameters')
  const isMatch = matchValidator()
  // Parameters of a wrong type have been told of; their absence would be a second fault.
  const isWhole = parameters === undefined || isJsonObject(parameters)
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof policy === 'string' && isWhole ? { policy } : {}),
    ...(isMatch(match) ? { match } : {}),
    ...(isJsonObject(parameters) ? { parameters } : {}),
  }
}

export function readKey(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.getOwnPropertyDescriptor(value, key)?.value
}

// JSON by construction: it comes from readJson or readYaml.
