import { isDeepStrictEqual } from 'node:util'
import type { Case } from './load-cases.ts'
import type { Outcome } from './run-case.ts'

/** What is wrong with the outcome; undefined when the case holds. */
export function findMismatch(item: Case, outcome: Outcome): string | undefined {
  const wantsError = item.want_error !== undefined || item.want_error_code !== undefined
  const expected = item.want_result ?? (item.strict_error === true ? [] : undefined)
  if (wantsError && expected === undefined) {
    if (outcome.kind !== 'result') return undefined
    return `expected ${item.want_error_code ?? 'an error'}, got ${JSON.stringify(outcome.bindings)}`
  }
  if (outcome.kind !== 'result') return `${outcome.kind}: ${outcome.message}`
  if (item.want_defined !== undefined) {
    const isDefined = outcome.bindings.length > 0
    return isDefined === item.want_defined ? undefined : `expected defined: ${item.want_defined}`
  }
  const wanted = toSet((expected ?? []).map((each) => normalize(each, item)))
  const got = toSet(outcome.bindings.map((each) => normalize(each, item)))
  if (isDeepStrictEqual(wanted, got)) return undefined
  return `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`
}

function normalize(bindings: unknown, item: Case): unknown {
  if (item.sort_bindings !== true || typeof bindings !== 'object' || bindings === null)
    return bindings
  return Object.fromEntries(
    Object.entries(bindings).map(([name, value]) => [
      name,
      Array.isArray(value) ? toSet(value) : value,
    ]),
  )
}

/** In one order, each once: a rule's members cannot be there twice, a query's answers can. */
function toSet(values: readonly unknown[]): unknown[] {
  const byText = new Map(values.map((value) => [canonical(value), value]))
  return Array.from(byText)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )
}
