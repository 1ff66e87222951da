import { setImmediate } from 'node:timers/promises'
import { type Case, makeCase } from './generate/case.ts'
import { findBreaches } from './check-case.ts'
import { cutDown } from './cut-down.ts'
import type { JudgeBytes, Judged } from './judge-bytes.ts'
import { type Expectation, expectOf } from './oracle/expect.ts'
import { NAMESPACES, RULES, type SettingName } from './settings.ts'

/** How each setting's bundle judges. */
export type Judges = Readonly<Record<SettingName, JudgeBytes>>

export interface Failure {
  readonly case: Case
  readonly breaches: readonly string[]
  /** As much of the body as it takes to break the first of the laws. */
  readonly cutDown: Uint8Array
}

export interface Runs {
  readonly seed: number
  readonly first: number
  readonly count: number
}

/** Runs one case after the other, up to the first that breaks a law. */
export async function runCases(
  { seed, first, count }: Runs,
  judges: Judges,
  onCase: (each: Case, expected: Expectation, judged: Judged) => void = () => undefined,
): Promise<Failure | undefined> {
  for (let run = first; run < first + count; run++) {
    // The test runner's own messages want to be answered.
    if (run % 500 === 0) await setImmediate()
    const each = makeCase(seed, run)
    const { breaches, expected, judged } = checkBody(each.bytes, each.setting, judges)
    if (each.isMalformed && expected.kind !== 'malformed')
      breaches.push('oracle: reads what is malformed')
    if (breaches.length > 0)
      return { case: each, breaches, cutDown: cutDownCase(each, breaches, judges) }
    if (judged !== undefined) onCase(each, expected, judged)
  }
  return undefined
}

function checkBody(
  bytes: Uint8Array,
  setting: SettingName,
  judges: Judges,
): { breaches: string[]; expected: Expectation; judged?: Judged } {
  const expected = expectOf(bytes, RULES[setting], NAMESPACES)
  try {
    const judged = judges[setting](bytes)
    return { breaches: findBreaches(bytes, judged, expected), expected, judged }
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error)
    return { breaches: [`threw: ${text}`], expected }
  }
}

function cutDownCase(each: Case, [breach = '']: readonly string[], judges: Judges): Uint8Array {
  const law = breach.split(':', 1)[0]
  return cutDown(each.bytes, (bytes) =>
    checkBody(bytes, each.setting, judges).breaches.some((other) => other.split(':', 1)[0] === law),
  )
}
