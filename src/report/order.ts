// The orders in which findings and errors are told: by place, and the worst first.
import type { Severity, ValidationAction } from '../bundle/bundle.ts'
import type { ReportFinding, ReportPlace, ReportSuppression } from './report.ts'

/** From the worst to the mildest. */
export const ACTIONS: readonly ValidationAction[] = ['Deny', 'Warn', 'Audit']
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']

interface Placed {
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly rendered?: ReportPlace | null
  readonly binding?: string | null
  readonly action?: ValidationAction
  readonly suppression?: ReportSuppression
  readonly code?: string
  readonly message?: string
}

/** By file, line, column, then binding or code; those without a place come first. */
export function byPlace(a: Placed, b: Placed): number {
  return (
    compare(a.file ?? '', b.file ?? '') ||
    compare(a.line ?? 0, b.line ?? 0) ||
    compare(a.column ?? 0, b.column ?? 0) ||
    (a.rendered && b.rendered ? byPlace(a.rendered, b.rendered) : 0) ||
    compare(a.binding ?? '', b.binding ?? '') ||
    compare(a.code ?? '', b.code ?? '') ||
    compare(actionRank(a), actionRank(b)) ||
    compare(a.message ?? '', b.message ?? '')
  )
}

type RankedFinding = ReportFinding & Pick<Placed, 'suppression'>

/** By action, then severity, then place; what is suppressed comes last. */
export function byWorst(a: RankedFinding, b: RankedFinding): number {
  return (
    compare(Number(a.suppression !== undefined), Number(b.suppression !== undefined)) ||
    compare(actionRank(a), actionRank(b)) ||
    compare(SEVERITIES.indexOf(a.severity), SEVERITIES.indexOf(b.severity)) ||
    byPlace(a, b)
  )
}

function actionRank({ action }: { readonly action?: ValidationAction }): number {
  return action === undefined ? -1 : ACTIONS.indexOf(action)
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
