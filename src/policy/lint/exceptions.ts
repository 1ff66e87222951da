import { findExpired, isInForce } from '../../bundle/check-exceptions.ts'
import { type Finding, findingAt, type LintSubject } from './finding.ts'

const YEAR_MS = 366 * 24 * 3_600_000

/** Exceptions that are over, and those that are none because they hold for years. */
export function findLastingExceptions(subject: LintSubject): readonly Finding[] {
  const { bundle, now } = subject
  return bundle.exceptions.flatMap((exception) => {
    const at = { kind: 'exception', name: exception.name } as const
    const [expired] = findExpired([exception], now)
    if (expired !== undefined) {
      return [findingAt(subject, expired.code, at, expired.message, ['expires'])]
    }
    if (!isInForce(exception, new Date(now.getTime() + YEAR_MS))) return []
    const message = `exception \`${exception.name}\` holds until ${exception.expires}, more than a year`
    return [findingAt(subject, 'lint/long-exception', at, message, ['expires'])]
  })
}
