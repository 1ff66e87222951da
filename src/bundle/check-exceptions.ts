// What a schema cannot say about exceptions.
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import { nearest } from '../diagnostic/suggest.ts'
import type { Exception, Policy } from './bundle.ts'
import { checkMatch } from './check-match.ts'
import { findDuplicates } from './find-duplicates.ts'
import { labelAt, type Place } from './place.ts'
import { didYouMean } from './schema-faults.ts'

/** Every fault of a list of exceptions; `bindings` has the policy of each binding, where that is known. */
export function checkExceptions(
  written: readonly Exception[],
  place: Place,
  bindings: ReadonlyMap<string, Policy | undefined>,
): Diagnostic[] {
  return [
    ...findDuplicates(written, 'name', place, 'bundle/duplicate-exception', 'exceptions'),
    ...written.flatMap(({ binding, match, expires }, index) => {
      const at: Place = { ...place, path: [...place.path, index] }
      const matchPlace = { ...at, path: [...at.path, 'match'] }
      const faults = checkMatch(match, bindings.get(binding), matchPlace)
      if (!bindings.has(binding)) {
        const message = `\`${binding}\` is not a binding of this bundle`
        const primary = labelAt(at, ['binding'], didYouMean(nearest(binding, bindings.keys())))
        faults.push(diagnostic('bundle/unknown-binding', message, { primary }))
      }
      if (endOf(expires) === undefined) {
        const message = `\`${expires}\` is no day of the calendar`
        const primary = labelAt(at, ['expires'])
        faults.push(diagnostic('bundle/invalid-value', message, { primary }))
      }
      return faults
    }),
  ]
}

/** Whether an exception holds at a moment: its last day counts. */
export function isInForce({ expires }: Exception, now: Date): boolean {
  return now.getTime() < (endOf(expires) ?? 0)
}

/** A warning for each exception that is past its last day. */
export function findExpired(exceptions: readonly Exception[], now: Date): Diagnostic[] {
  return exceptions
    .filter((each) => !isInForce(each, now))
    .map(({ name, binding, owner, expires }) =>
      diagnostic(
        'bundle/expired-exception',
        `exception \`${name}\` from binding \`${binding}\` (owner ${owner}) expired on ${expires}`,
      ),
    )
}

/** The end of a day, `2026-12-31`, in milliseconds since 1970. */
function endOf(day: string): number | undefined {
  const start = new Date(`${day}T00:00:00Z`)
  // Some engines take February 30 for March 2.
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== day) return undefined
  return start.getTime() + 24 * 3_600_000
}
