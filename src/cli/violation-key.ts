import type { Violation } from '../policy/outcome.ts'

/** Returns a text that two violations share if they are the same: keys of details may lie in any order. */
export function violationKey(violation: Violation): string {
  return JSON.stringify(violation, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
