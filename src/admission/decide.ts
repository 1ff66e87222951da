import type { Outcome } from '../policy/outcome.ts'
import type { ValidationAction } from '../bundle/bundle.ts'
import type { Decision, Excepted, Failure, Finding } from './decision.ts'

const ACTIONS: readonly ValidationAction[] = ['Deny', 'Warn', 'Audit']

/**
 * Sums up what every binding said of one request. Findings come Deny first, then Warn, then Audit; within an action in the
 * order of the bundle's bindings, then of the policy's violations.
 */
export function decide(outcomes: readonly Outcome[]): Decision {
  const failures: Failure[] = []
  const judged: (Outcome & { kind: 'evaluated' })[] = []
  const excepted: Excepted[] = []
  let skipped = 0
  let evaluated = 0
  for (const outcome of outcomes) {
    const { binding } = outcome
    if (outcome.kind === 'skipped') skipped++
    else if (outcome.kind === 'evaluated') {
      evaluated++
      const { exception, violations } = outcome
      if (violations.length === 0) continue
      if (exception === undefined) judged.push(outcome)
      else for (const violation of violations) excepted.push({ binding, exception, violation })
    } else {
      const { error } = outcome
      const denies = binding.failurePolicy === 'Fail' && binding.validationActions.includes('Deny')
      failures.push({ binding, error, denies })
    }
  }
  const findings: Finding[] = []
  for (const action of ACTIONS) {
    for (const { binding, violations } of judged) {
      if (!binding.validationActions.includes(action)) continue
      for (const violation of violations) findings.push({ binding, action, violation })
    }
  }
  const denied = findings[0]?.action === 'Deny' || failures.some((failure) => failure.denies)
  return { allowed: !denied, findings, excepted, failures, evaluated, skipped }
}
