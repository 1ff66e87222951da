import { fieldPath } from '../admission/field-path.ts'
import { renderFrame } from '../diagnostic/frame.ts'
import { type Ink, paint, type Style } from '../diagnostic/paint.ts'
import { printable } from '../diagnostic/printable.ts'
import { describeResource } from '../kubernetes/resource.ts'
import { offsetAt, type SourceFile } from '../source/source-file.ts'
import { tally } from './counts.ts'
import { groupBy } from './group-by.ts'
import { fails } from './make-report.ts'
import {
  explainSuppression,
  labelOf,
  onePerViolation,
  type ReportViolation,
} from './one-per-violation.ts'
import type { Report, ReportError, ReportPlace } from './report.ts'
import { shownPlace } from './shown-place.ts'
import { renderSummary } from './summary-line.ts'
import { inkOf, renderExceptions, renderResources } from './text-resource.ts'

export interface TextOptions extends Style {
  /** The files that were read, by path: a finding in another is shown without its source. */
  readonly files: ReadonlyMap<string, SourceFile>
  /** `quiet`: violations and errors only. `verbose`: also which bindings judged each resource, and why the others did not. */
  readonly detail: 'quiet' | 'normal' | 'verbose'
}

/** Returns the report as a person reads it: file by file every finding with its source, then the errors, then one line of sums. */
export function renderText(report: Report, options: TextOptions): string {
  const isQuiet = options.detail === 'quiet'
  const shown = onePerViolation(report).filter((each) => !isQuiet || fails(report, each))
  const byFile = groupBy(shown, ({ file }) => file)
  const judged =
    options.detail === 'verbose'
      ? renderResources(report, options)
      : new Map<string, readonly string[]>()
  const files = [...new Set([...byFile.keys(), ...judged.keys()])].toSorted()
  const blocks = [
    ...files.flatMap((file) => [
      renderHeading(file, byFile.get(file) ?? [], options),
      ...renderFindings(byFile.get(file) ?? [], report, options),
      ...(judged.get(file) ?? []),
    ]),
    ...(options.detail === 'verbose' ? renderExceptions(report, options) : []),
    ...report.errors.map((error) => renderError(error, report, options)),
    ...(isQuiet ? [] : [renderSummary(report, options)]),
  ]
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`
}

function renderHeading(
  file: string,
  findings: readonly ReportViolation[],
  options: TextOptions,
): string {
  return `${paint(printable(file), 'bold', options)}: ${tally(findings)}`
}

/** How to mend it, and where to read more, is told once a file. */
function renderFindings(
  findings: readonly ReportViolation[],
  report: Report,
  options: TextOptions,
): readonly string[] {
  const explained = new Set<string>()
  return findings.map((finding) => {
    const policy = explained.has(finding.policy)
      ? undefined
      : report.policies.find((each) => each.name === finding.policy)
    explained.add(finding.policy)
    const place = shownPlace(finding)
    const gutter = String(place.endLine).length
    const note = (name: string, text: string): string =>
      `${' '.repeat(gutter)} ${paint(`= ${name}:`, 'cyan', options)} ${printable(text)}`
    const { resource, binding, severity, actions, suppression } = finding
    const also = actions.length > 1 ? `, ${actions.join(' and ')}` : ''
    return [
      renderTitle(finding, options),
      ...(finding.live
        ? [renderObjectPlace(finding.file, options)]
        : renderPlace(place, gutter, inkOf(finding), options)),
      ...(finding.live && finding.path.length > 0
        ? [note('field', fieldPath(finding.path) ?? '')]
        : []),
      ...(finding.rendered === null ? [] : [note('template', finding.file)]),
      note('object', `${describeResource(resource)} (${resource.apiVersion})`),
      note('binding', `${binding}, severity ${severity}${also}`),
      ...(suppression === undefined ? [] : [note(...explainSuppression(suppression))]),
      ...(policy === undefined ? [] : [note('help', policy.remediation)]),
      ...(policy?.relatedResources ?? []).slice(0, 1).map(({ ref }) => note('see', ref)),
    ].join('\n')
  })
}

function renderTitle(violation: ReportViolation, options: TextOptions): string {
  const { policy, message } = violation
  const label = paint(`${labelOf(violation)}[${printable(policy)}]`, inkOf(violation), options)
  return `${label}${paint(`: ${printable(message)}`, 'bold', options)}`
}

function renderError(error: ReportError, report: Report, options: TextOptions): string {
  const title = `${paint(`error[${printable(error.code)}]`, 'red', options)}${paint(`: ${printable(error.message)}`, 'bold', options)}`
  const { file, line, column } = error
  if (file === null || line === null || column === null) return title
  if (report.cluster !== undefined) return [title, renderObjectPlace(file, options)].join('\n')
  const place = { file, line, column, endLine: line, endColumn: column + 1 }
  return [title, ...renderPlace(place, String(line).length, 'red', options)].join('\n')
}

/** An object in a cluster has no text that could be shown. */
function renderObjectPlace(file: string, options: TextOptions): string {
  return ` ${paint('-->', 'blue', options)} ${printable(file)}`
}

function renderPlace(place: ReportPlace, gutter: number, ink: Ink, options: TextOptions): string[] {
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
