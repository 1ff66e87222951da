// What came of a case, held against what its author expects.
import { fieldPath } from '../../admission/field-path.ts'
import type { Judgement } from './test-judge.ts'
import { compilePattern } from './test-pattern.ts'
import type { Expectation, ExpectedViolation, Verdict } from './test-suite.ts'

export interface Actual {
  readonly verdict: Verdict
  readonly violations: readonly FoundViolation[]
}

export type FoundViolation = Required<ExpectedViolation>

export interface Difference {
  /** Set where the verdict is another than expected. */
  readonly verdict?: { readonly expected: Verdict; readonly found: Verdict }
  /** Set where there are more violations than expected, or fewer. */
  readonly count?: { readonly expected: number; readonly found: number }
  /** Expected and not found, found and not expected. */
  readonly missing: readonly ExpectedViolation[]
  readonly surplus: readonly FoundViolation[]
}

/** Violations that an exception lets pass do not count: they do not at admission. */
export function actualOf({ outcomes, decision }: Judgement): Actual {
  const isSkipped = outcomes.every((each) => each.kind === 'skipped')
  const seen = new Set<object>()
  const violations = decision.findings.flatMap(({ binding, violation }) => {
    // One finding for each action of its binding.
    if (seen.has(violation)) return []
    seen.add(violation)
    return [
      {
        message: violation.message,
        path: fieldPath(violation.path ?? []),
        policy: binding.policy.name,
        binding: binding.name,
      },
    ]
  })
  return {
    verdict: isSkipped ? 'skipped' : decision.allowed ? 'allowed' : 'denied',
    violations,
  }
}

/** Undefined where all is as expected. That nothing was judged must be expected in so many words. */
export function compare(expected: Expectation, actual: Actual): Difference | undefined {
  const { violations } = expected
  const verdict = expected.verdict ?? (actual.verdict === 'skipped' ? 'allowed' : actual.verdict)
  const hasOtherCount = typeof violations === 'number' && violations !== actual.violations.length
  const difference: Difference = {
    ...(verdict === actual.verdict
      ? {}
      : { verdict: { expected: verdict, found: actual.verdict } }),
    ...(hasOtherCount ? { count: { expected: violations, found: actual.violations.length } } : {}),
    ...(typeof violations === 'object'
      ? pairUp(violations, actual.violations)
      : { missing: [], surplus: hasOtherCount ? actual.violations : [] }),
  }
  const isSame =
    difference.verdict === undefined &&
    difference.count === undefined &&
    difference.missing.length === 0 &&
    difference.surplus.length === 0
  return isSame ? undefined : difference
}

/** Pairs as many as can be: an expectation that fits several violations leaves the one that no other fits. */
function pairUp(
  expected: readonly ExpectedViolation[],
  found: readonly FoundViolation[],
): Pick<Difference, 'missing' | 'surplus'> {
  const fitting = expected.map((each) => {
    const fits = fitterOf(each)
    return found.flatMap((violation, index) => (fits(violation) ? [index] : []))
  })
  const partners = new Map<number, number>()
  const place = (index: number, tried: Set<number>): boolean =>
    (fitting[index] ?? []).some((candidate) => {
      if (tried.has(candidate)) return false
      tried.add(candidate)
      const holder = partners.get(candidate)
      if (holder !== undefined && !place(holder, tried)) return false
      partners.set(candidate, index)
      return true
    })
  const missing = expected.filter((_, index) => !place(index, new Set()))
  return { missing, surplus: found.filter((_, index) => !partners.has(index)) }
}

function fitterOf(expected: ExpectedViolation): (found: FoundViolation) => boolean {
  const message = expected.message === undefined ? undefined : compilePattern(expected.message)
  return (found) =>
    (message === undefined || message(found.message)) &&
    (['path', 'policy', 'binding'] as const).every(
      (key) => expected[key] === undefined || expected[key] === found[key],
    )
}
