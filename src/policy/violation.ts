// From what an entrypoint yields to violations. Whatever is not exactly a set of violations is an error: a policy that is
// broken must not look like one that found nothing.
import type { Json } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import type { Violation } from './outcome.ts'

export type ViolationsResult =
  | { readonly kind: 'violations'; readonly violations: readonly Violation[] }
  /** `problem` reads as "its result …", and holds nothing of the object. */
  | { readonly kind: 'invalid'; readonly problem: string }

const FIELDS = new Set(['msg', 'path', 'details'])

/** Reads the JSON of an eval result: one entry with the entrypoint's value, none where that is undefined. */
export function readViolations(text: string): ViolationsResult {
  const resultSet = parseJson(text)
  if (!Array.isArray(resultSet)) return invalid('is not a result set')
  if (resultSet.length === 0) return invalid('is undefined')
  const entry = resultSet[0]
  if (resultSet.length > 1 || !isJsonObject(entry) || !Object.hasOwn(entry, 'result')) {
    return invalid('is not a single value')
  }
  const members = entry['result']
  if (!Array.isArray(members)) return invalid(`is ${describe(members)}, not a set of violations`)
  const violations: Violation[] = []
  for (const [index, member] of members.entries()) {
    const problem = findProblem(member)
    if (problem !== undefined) return invalid(`has a member (number ${index + 1}) that ${problem}`)
    violations.push(toViolation(member))
  }
  return { kind: 'violations', violations: sortUnique(violations) }
}

function findProblem(member: Json | undefined): string | undefined {
  if (!isJsonObject(member)) return `is ${describe(member)}, not an object`
  if (!Object.hasOwn(member, 'msg')) return 'has no `msg`'
  if (typeof member['msg'] !== 'string')
    return `has ${describe(member['msg'])} as its \`msg\`, not a string`
  // A key may come from the object: it is not named.
  if (Object.keys(member).some((key) => !FIELDS.has(key))) {
    return 'has a key other than `msg`, `path` and `details`'
  }
  if (Object.hasOwn(member, 'path')) {
    const path = member['path']
    if (!Array.isArray(path)) return `has ${describe(path)} as its \`path\`, not an array`
    if (!path.every(isStep)) return 'has a `path` with something else than keys and indices in it'
  }
  if (Object.hasOwn(member, 'details') && !isJsonObject(member['details'])) {
    return `has ${describe(member['details'])} as its \`details\`, not an object`
  }
  return undefined
}

function toViolation(member: Json): Violation {
  // Checked by findProblem; the checks here are for the compiler.
  const { msg, path, details } = isJsonObject(member) ? member : {}
  return {
    message: typeof msg === 'string' ? msg : '',
    ...(Array.isArray(path) ? { path: path.filter(isStep) } : {}),
    ...(isJsonObject(details) ? { details } : {}),
  }
}

function isStep(step: Json): step is string | number {
  return typeof step === 'string' || (Number.isSafeInteger(step) && Number(step) >= 0)
}

function sortUnique(violations: readonly Violation[]): Violation[] {
  const sorted = violations.toSorted(compareViolations)
  return sorted.filter((each, index) => {
    const previous = sorted[index - 1]
    return previous === undefined || compareViolations(previous, each) !== 0
  })
}

function compareViolations(a: Violation, b: Violation): number {
  return (
    comparePaths(a.path, b.path) ||
    compareText(a.message, b.message) ||
    compareText(JSON.stringify(a.details) ?? '', JSON.stringify(b.details) ?? '')
  )
}

/** A violation without a path comes first, then shorter paths; indices by their number, before keys. */
function comparePaths(a: Violation['path'], b: Violation['path']): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a[i] ?? ''
    const right = b[i] ?? ''
    if (typeof left === 'number' && typeof right === 'number') {
      if (left !== right) return left - right
    } else if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1
    else if (left !== right) return left < right ? -1 : 1
  }
  return a.length - b.length
}

// By code unit: a locale would sort differently on another machine.
function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function describe(value: Json | undefined): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}

function invalid(problem: string): ViolationsResult {
  return { kind: 'invalid', problem }
}

function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
