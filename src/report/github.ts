// GitHub's annotations, as workflow commands. Source: actions/toolkit, packages/core/src/command.ts, for the escapes.
import { printable } from '../diagnostic/printable.ts'
import { describeResource } from '../kubernetes/resource.ts'
import { onePerViolation, type ReportViolation } from './one-per-violation.ts'
import { byWorst } from './order.ts'
import type { Report, ReportError, ReportFinding } from './report.ts'
import { placeText } from './shown-place.ts'
import { renderSummary } from './summary-line.ts'
import { webLink } from './web-link.ts'

/** What GitHub shows of a level in one step; it drops the rest without a word. */
const MAX_OF_A_LEVEL = 10

const COMMANDS = { Deny: 'error', Warn: 'warning', Audit: 'notice' } as const

/** An object in a cluster is in no file. */
const NOWHERE = { file: null, line: null, column: null } as const

interface Annotation {
  readonly command: (typeof COMMANDS)[ReportFinding['action']]
  readonly place: Pick<ReportError, 'file' | 'line' | 'column'> &
    Partial<Pick<ReportFinding, 'endLine' | 'endColumn'>>
  readonly title: string
  readonly lines: readonly string[]
}

/** Returns errors and violations, the worst first, as many as GitHub shows, then how many there are in all. */
export function renderGithub(report: Report): string {
  const annotations = [
    ...report.errors.map((error) => annotateError(error, report)),
    ...onePerViolation(report)
      .filter(({ suppression }) => suppression === undefined)
      .toSorted(byWorst)
      .map((violation) => annotateViolation(violation, report)),
  ]
  const shown = Object.values(COMMANDS).flatMap((command) =>
    annotations.filter((each) => each.command === command).slice(0, MAX_OF_A_LEVEL),
  )
  const more = annotations.length - shown.length
  return [
    ...shown.map(renderAnnotation),
    ...(more === 0
      ? []
      : [`${more} more without an annotation: GitHub shows ${MAX_OF_A_LEVEL} of a level`]),
    renderSummary(report, { color: false }),
    '',
  ].join('\n')
}

function annotateError(error: ReportError, { cluster }: Report): Annotation {
  const place = cluster === undefined ? error : NOWHERE
  return { command: 'error', place, title: error.code, lines: [error.message] }
}

function annotateViolation(violation: ReportViolation, report: Report): Annotation {
  const policy = report.policies.find(({ name }) => name === violation.policy)
  const link = webLink(policy?.relatedResources[0]?.ref ?? '')
  return {
    command: COMMANDS[violation.action],
    place: violation.live ? NOWHERE : violation,
    title: `${violation.policy}: ${describeResource(violation.resource)}`,
    lines: [
      violation.message,
      ...(violation.rendered === null ? [] : [placeText(violation)]),
      `help: ${violation.remediation}`,
      ...(link === undefined ? [] : [`see: ${link}`]),
    ],
  }
}

function renderAnnotation({ command, place, title, lines }: Annotation): string {
  const { file, line, column, endLine, endColumn } = place
  const properties = [
    ...(file === null ? [] : [['file', file] as const]),
    ...(line === null ? [] : [['line', line] as const]),
    // GitHub refuses columns where the lines differ.
    ...(column === null || (endLine ?? line) !== line ? [] : [['col', column] as const]),
    ...(endLine === undefined ? [] : [['endLine', endLine] as const]),
    ...(endColumn === undefined || endLine !== line ? [] : [['endColumn', endColumn] as const]),
    ['title', title] as const,
  ]
  const list = properties.map(
    ([name, value]) => `${name}=${escapeProperty(printable(String(value)))}`,
  )
  return `::${command} ${list.join(',')}::${escapeData(lines.map(printable).join('\n'))}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
