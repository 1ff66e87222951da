import type { Bundle } from '../bundle/bundle.ts'
import { renderFrame } from '../diagnostic/frame.ts'
import { type Ink, paint, type Style } from '../diagnostic/paint.ts'
import { printable } from '../diagnostic/printable.ts'
import { describeResource } from '../kubernetes/resource.ts'
import type { SkipReason } from '../policy/outcome.ts'
import { offsetAt, type SourceFile } from '../source/source-file.ts'
import type { Report, ReportError, ReportFinding } from './report.ts'

export interface TextOptions extends Style {
  /** The files that were read, by path: a finding in another is shown without its source. */
  readonly files: ReadonlyMap<string, SourceFile>
  /** For the number of bindings, and the documents that policies refer to. */
  readonly bundle?: Bundle
  /** Why bindings were skipped, where it is known. */
  readonly skips?: ReadonlyMap<SkipReason, number>
}

const INKS: Readonly<Record<ReportFinding['action'], Ink>> = {
  Deny: 'red',
  Warn: 'yellow',
  Audit: 'cyan',
}

/** Returns the report as a person reads it: every finding with its source, then every error, then one line of sums. */
export function renderText(report: Report, options: TextOptions): string {
  const blocks = [
    ...report.findings.map((finding) => renderFinding(finding, options)),
    ...report.errors.map((error) => renderError(error, options)),
    renderSummary(report, options),
  ]
  return `${blocks.join('\n\n')}\n`
}

function renderFinding(finding: ReportFinding, options: TextOptions): string {
  const { action, policy, binding, severity, resource, remediation } = finding
  const ink = INKS[action]
  const title = `${paint(`${action.toLowerCase()}[${printable(policy)}]`, ink, options)}${paint(`: ${printable(finding.message)}`, 'bold', options)}`
  const gutter = String(finding.endLine).length
  const indent = ' '.repeat(gutter)
  const note = (name: string, text: string): string =>
    `${indent} ${paint(`= ${name}:`, 'cyan', options)} ${printable(text)}`
  const link = options.bundle?.policies.find((each) => each.name === policy)?.relatedResources[0]
  return [
    title,
    ...renderPlace(finding, gutter, ink, options),
    note('object', `${describeResource(resource)} (${resource.apiVersion})`),
    note('binding', `${binding}, severity ${severity}`),
    note('help', remediation),
    ...(link === undefined ? [] : [note('see', link.ref)]),
  ].join('\n')
}

function renderError(error: ReportError, options: TextOptions): string {
  const title = `${paint(`error[${printable(error.code)}]`, 'red', options)}${paint(`: ${printable(error.message)}`, 'bold', options)}`
  const { file, line, column } = error
  if (file === null || line === null || column === null) return title
  const place = { file, line, column, endLine: line, endColumn: column + 1 }
  return [title, ...renderPlace(place, String(line).length, 'red', options)].join('\n')
}

type Place = Pick<ReportFinding, 'file' | 'line' | 'column' | 'endLine' | 'endColumn'>

function renderPlace(place: Place, gutter: number, ink: Ink, options: TextOptions): string[] {
  const arrow = paint('-->', 'blue', options)
  const head = `${' '.repeat(gutter)}${arrow} ${printable(place.file)}:${place.line}:${place.column}`
  const file = options.files.get(place.file)
  if (file === undefined) return [head]
  const span = {
    start: offsetAt(file, { line: place.line, column: place.column }),
    end: offsetAt(file, { line: place.endLine, column: place.endColumn }),
  }
  return [head, renderFrame(file, span, undefined, { color: options.color, gutter, ink })]
}

function renderSummary(report: Report, options: TextOptions): string {
  const { summary } = report
  const { bundle, skips } = options
  const reasons = [...(skips ?? [])]
    .filter(([, number]) => number > 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, number]) => `${number} by ${reason}`)
  const scope = [
    count(summary.resources, 'resource'),
    ...(bundle === undefined ? [] : [count(bundle.bindings.length, 'binding')]),
    `${count(summary.skipped, 'pair')} skipped${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`,
  ]
  const results = [
    paint(`${summary.deny} denied`, summary.deny > 0 ? 'red' : 'green', options),
    paint(count(summary.warn, 'warning'), summary.warn > 0 ? 'yellow' : 'green', options),
    ...(summary.audit > 0 ? [paint(`${summary.audit} audited`, 'cyan', options)] : []),
    ...(summary.errors > 0 ? [paint(count(summary.errors, 'error'), 'red', options)] : []),
  ]
  return `${scope.join(', ')}: ${results.join(', ')}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
