import { type Ink, paint, type Style } from '../diagnostic/paint.ts'
import { printable } from '../diagnostic/printable.ts'
import { describeResource } from '../kubernetes/resource.ts'
import type { SkipReason } from '../policy/outcome.ts'
import { tally } from './counts.ts'
import { describeUse } from './exception-use.ts'
import { groupBy } from './group-by.ts'
import { onePerViolation, type ReportViolation } from './one-per-violation.ts'
import type { JudgedResource, Report } from './report.ts'
import { placeText } from './shown-place.ts'
import { SKIP_REASONS } from './skip-reason.ts'

const INKS: Readonly<Record<ReportViolation['action'], Ink>> = {
  Deny: 'red',
  Warn: 'yellow',
  Audit: 'cyan',
}

export function inkOf({ action, suppression }: ReportViolation): Ink {
  return suppression === undefined ? INKS[action] : 'green'
}

/** Returns, by file, a block a resource: what each binding made of it, and why the others left it alone. */
export function renderResources(report: Report, style: Style): Map<string, readonly string[]> {
  const violations = groupBy(
    onePerViolation(report),
    (each) => `${each.resourceIndex} ${each.binding}`,
  )
  const failed = new Set(report.errors.map((each) => `${each.resourceIndex} ${each.binding}`))
  const width = Math.max(0, ...report.bindings.map(({ name }) => printable(name).length))
  const resultOf = (resource: JudgedResource, index: number, binding: string): string => {
    const reason = Object.entries(resource.skipped).find(([, names]) => names.includes(binding))
    if (reason !== undefined) {
      return paint(`skipped: ${SKIP_REASONS[reason[0] as SkipReason]}`, 'dim', style)
    }
    const key = `${index} ${binding}`
    if (failed.has(key)) return paint('error', 'red', style)
    const [first, ...more] = violations.get(key) ?? []
    if (first === undefined) return paint('passed', 'green', style)
    return paint(tally([first, ...more]), inkOf(first), style)
  }
  const blocks = report.resources.map((resource, index) => {
    const { file } = resource
    const name = printable(`${describeResource(resource)} (${resource.apiVersion})`)
    const rows = report.bindings.map(
      (binding) =>
        `  ${printable(binding.name).padEnd(width)}  ${resultOf(resource, index, binding.name)}`,
    )
    const head = `${paint(name, 'bold', style)} at ${printable(placeText({ ...resource, live: report.cluster !== undefined }))}`
    return { file, text: [head, ...rows].join('\n') }
  })
  return new Map(
    [...groupBy(blocks, ({ file }) => file)].map(([file, group]) => [
      file,
      group.map(({ text }) => text),
    ]),
  )
}

/** Returns a line an exception: what it did. */
export function renderExceptions({ exceptions }: Report, style: Style): readonly string[] {
  if (exceptions.length === 0) return []
  const width = Math.max(...exceptions.map(({ name }) => printable(name).length))
  const rows = exceptions.map(
    (each) =>
      `  ${printable(each.name).padEnd(width)}  ${describeUse(each)} (owner ${printable(each.owner)}, until ${each.expires})`,
  )
  return [[paint('exceptions', 'bold', style), ...rows].join('\n')]
}
