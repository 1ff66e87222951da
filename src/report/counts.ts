import type { ReportFinding, ReportSuppression } from './report.ts'

/** `1 resource`, `2 resources`. */
export function countOf(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** `2 denied, 1 warning`: what there is, the worst first; `nothing found` where there is nothing. */
export function tally(
  findings: readonly (Pick<ReportFinding, 'action'> & {
    readonly suppression?: ReportSuppression
  })[],
): string {
  const counting = findings.filter(({ suppression }) => suppression === undefined)
  const suppressed = (kind: ReportSuppression['kind']): number =>
    findings.filter(({ suppression }) => suppression?.kind === kind).length
  const [excepted, known] = [suppressed('exception'), suppressed('baseline')]
  const number = (action: ReportFinding['action']): number =>
    counting.filter((each) => each.action === action).length
  const [deny, warn, audit] = [number('Deny'), number('Warn'), number('Audit')]
  const parts = [
    ...(deny > 0 ? [`${deny} denied`] : []),
    ...(warn > 0 ? [countOf(warn, 'warning')] : []),
    ...(audit > 0 ? [`${audit} audited`] : []),
    ...(excepted > 0 ? [`${excepted} excepted`] : []),
    ...(known > 0 ? [`${known} known`] : []),
  ]
  return parts.join(', ') || 'nothing found'
}
