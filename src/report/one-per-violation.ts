import type { ValidationAction } from '../bundle/bundle.ts'
import { byPlace } from './order.ts'
import type { Report, ReportFinding, ReportSuppression } from './report.ts'

/** A finding with all that it leads to; `action` is the gravest of them. */
export interface ReportViolation extends ReportFinding {
  readonly actions: readonly ValidationAction[]
  /** From 1, among those of the same file with the same fingerprint: the three together are unique. */
  readonly occurrence: number
  /** Whether the object is a cluster's, so that there is no text to point into. */
  readonly live: boolean
  /** Set where it does not count. */
  readonly suppression?: ReportSuppression
}

/** What it is called where it is told: `deny`, `warn`, `audit`, `excepted`, or `known`. */
export function labelOf({ action, suppression }: ReportViolation): string {
  if (suppression === undefined) return action.toLowerCase()
  return suppression.kind === 'baseline' ? 'known' : 'excepted'
}

/** `exception`, `legacy-cart, until 2026-12-31, by team-cart: moved with the rewrite`. */
export function explainSuppression(
  suppression: ReportSuppression,
): readonly [what: 'baseline' | 'exception', explanation: string] {
  if (suppression.kind === 'baseline') return ['baseline', 'known, and let pass until it is mended']
  const { name, owner, reason, expires } = suppression
  return ['exception', `${name}, until ${expires}, by ${owner}: ${reason}`]
}

/**
 * All that was found, suppressed or not, by place; one a violation where a binding takes several actions: nobody mends a fault
 * twice.
 */
export function onePerViolation(
  report: Pick<Report, 'cluster' | 'findings' | 'suppressed'>,
): readonly ReportViolation[] {
  const found = new Map<string, ReportViolation & { readonly actions: ValidationAction[] }>()
  const live = report.cluster !== undefined
  const alike = new Map<string, number>()
  for (const finding of [...report.findings, ...report.suppressed].toSorted(byPlace)) {
    const { resourceIndex, binding, path, message, action, file, fingerprint } = finding
    const key = JSON.stringify([resourceIndex, binding, path, message])
    const known = found.get(key)
    if (known !== undefined) {
      // By place, the gravest action comes first.
      known.actions.push(action)
      continue
    }
    const identity = `${fingerprint} ${file}`
    const occurrence = (alike.get(identity) ?? 0) + 1
    alike.set(identity, occurrence)
    found.set(key, { ...finding, actions: [action], occurrence, live })
  }
  return [...found.values()]
}
