import { paint, type Style } from '../diagnostic/paint.ts'
import { countOf } from './counts.ts'
import { labelOf, onePerViolation } from './one-per-violation.ts'
import type { Report } from './report.ts'

/** One line: how much was judged by how much, what was skipped and why, and what came of it. */
export function renderSummary(report: Report, style: Style): string {
  const { summary } = report
  const reasons = Object.entries(summary.skippedBy).map(
    ([reason, number]) => `${number} by ${reason}`,
  )
  const scope = [
    countOf(summary.resources, 'resource'),
    countOf(summary.bindings, 'binding'),
    `${countOf(summary.skipped, 'pair')} skipped${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`,
  ]
  const all = onePerViolation(report)
  const number = (label: string): number => all.filter((each) => labelOf(each) === label).length
  const deny = number('deny')
  const warn = number('warn')
  const audit = number('audit')
  const excepted = number('excepted')
  const known = number('known')
  const results = [
    paint(`${deny} denied`, deny > 0 ? 'red' : 'green', style),
    paint(countOf(warn, 'warning'), warn > 0 ? 'yellow' : 'green', style),
    ...(audit > 0 ? [paint(`${audit} audited`, 'cyan', style)] : []),
    ...(excepted > 0 ? [paint(`${excepted} excepted`, 'green', style)] : []),
    ...(known > 0 ? [paint(`${known} known`, 'green', style)] : []),
    ...(summary.errors > 0 ? [paint(countOf(summary.errors, 'error'), 'red', style)] : []),
  ]
  return `${scope.join(', ')}: ${results.join(', ')}`
}
