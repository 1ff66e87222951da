import { fieldPath } from '../admission/field-path.ts'
import { describeResource } from '../kubernetes/resource.ts'
import { countOf, tally } from './counts.ts'
import { describeUse, stateOf } from './exception-use.ts'
import { groupBy } from './group-by.ts'
import { markdownCode, markdownText } from './markdown-text.ts'
import {
  explainSuppression,
  labelOf,
  onePerViolation,
  type ReportViolation,
} from './one-per-violation.ts'
import { byPlace, byWorst } from './order.ts'
import type { Report, ReportError, ReportPolicy, Verdict } from './report.ts'
import { errorPlaceText, placeText } from './shown-place.ts'
import { renderSummary } from './summary-line.ts'
import { webLink } from './web-link.ts'

/** Fits a comment on GitHub (65,536 characters) and on GitLab. */
export const COMMENT_BYTES = 60_000

const VERDICTS: Readonly<Record<Verdict, string>> = {
  clean: ':white_check_mark: Portcullis: nothing to mend',
  violations: ':x: Portcullis: to be mended',
  failed: ':warning: Portcullis: not everything could be judged',
}

/** A table under its heading. */
interface Section {
  readonly head: string
  readonly rows: readonly string[]
}

/**
 * Returns the report as tables by file, for a comment or a summary, in at most `maxBytes` of UTF-8: where it would take more, the
 * mildest findings are left out, and counted.
 */
export function renderMarkdown(report: Report, maxBytes: number): string {
  const { bundle, errors } = report
  const head = [
    `### ${VERDICTS[report.verdict]}`,
    markdownText(renderSummary(report, { color: false })),
    ...(bundle === null
      ? []
      : [`Bundle ${markdownCode(bundle.name)}, ${markdownCode(bundle.digest)}`]),
  ].join('\n\n')
  const violations = onePerViolation(report)
  const budget = {
    left: maxBytes - bytesOf(head) - bytesOf(moreOf(violations.length + errors.length)),
  }
  const policies = new Map(report.policies.map((policy) => [policy.name, policy]))
  const errorTable = fill(
    budget,
    ERROR_HEAD,
    errors.map((error) => errorRow(error, report)),
  )
  const idleTable = fill(budget, IDLE_HEAD, idleRows(report))
  const tables = fillByFile(budget, violations, policies)
  const shown = [errorTable, ...tables].reduce((sum, { rows }) => sum + rows.length, 0)
  const more = violations.length + errors.length - shown
  return `${[
    head,
    ...[errorTable, idleTable, ...tables]
      .filter(({ rows }) => rows.length > 0)
      .map((section) => [section.head, ...section.rows].join('\n')),
    ...(more === 0 ? [] : [moreOf(more)]),
  ].join('\n\n')}\n`
}

interface Budget {
  /** In bytes. */
  left: number
}

function fill(budget: Budget, head: string, rows: readonly string[]): Section {
  const kept: string[] = []
  for (const row of rows) {
    if (!take(budget, row, kept.length === 0 ? head : '')) break
    kept.push(row)
  }
  return { head, rows: kept }
}

/** The worst findings of all files until the budget is used up, then back in their order. */
function fillByFile(
  budget: Budget,
  violations: readonly ReportViolation[],
  policies: ReadonlyMap<string, ReportPolicy>,
): readonly Section[] {
  const heads = new Map(
    [...groupBy(violations, ({ file }) => file)].map(([file, own]) => [file, fileHead(file, own)]),
  )
  const rows = new Map<ReportViolation, string>()
  const begun = new Set<string>()
  for (const violation of violations.toSorted(byWorst)) {
    const { file } = violation
    const row = violationRow(violation, policies.get(violation.policy))
    if (!take(budget, row, begun.has(file) ? '' : (heads.get(file) ?? ''))) break
    begun.add(file)
    rows.set(violation, row)
  }
  const kept = groupBy(rows.keys(), ({ file }) => file)
  return [...heads].map(([file, head]) => ({
    head,
    rows: (kept.get(file) ?? []).toSorted(byPlace).map((each) => rows.get(each) ?? ''),
  }))
}

function take(budget: Budget, row: string, head: string): boolean {
  const cost = bytesOf(row) + bytesOf(head)
  if (cost > budget.left) return false
  budget.left -= cost
  return true
}

/** With the line breaks around it. */
function bytesOf(text: string): number {
  return text === '' ? 0 : new TextEncoder().encode(text).length + 2
}

function moreOf(number: number): string {
  return `${countOf(number, 'more', 'more')}, the mildest, not shown here.`
}

const IDLE_HEAD =
  '#### Exceptions to take out\n\n| exception | from binding | owner | why |\n| --- | --- | --- | --- |'

function idleRows({ exceptions }: Report): readonly string[] {
  return exceptions
    .filter((each) => ['expired', 'unused'].includes(stateOf(each)))
    .map((each) => {
      const { name, binding, owner } = each
      return `| ${[name, binding, owner, describeUse(each)].map((cell) => markdownText(cell)).join(' | ')} |`
    })
}

const ERROR_HEAD = '#### Not judged\n\n| where | what |\n| --- | --- |'

function errorRow(error: ReportError, report: Report): string {
  const { code, message } = error
  const text = errorPlaceText(error, report)
  const place = text === undefined ? '' : markdownCode(text)
  return `| ${place} | ${markdownCode(code)} ${markdownText(message)} |`
}

function fileHead(file: string, violations: readonly ReportViolation[]): string {
  return `#### ${markdownCode(file)}: ${tally(violations)}\n\n| | where | what | object | how to mend it |\n| --- | --- | --- | --- | --- |`
}

function whereOf(violation: ReportViolation): string {
  const { live, path, line, column, rendered } = violation
  if (live) return path.length === 0 ? '' : markdownCode(fieldPath(path) ?? '')
  return rendered === null ? `${line}:${column}` : markdownText(placeText(violation))
}

function violationRow(violation: ReportViolation, policy: ReportPolicy | undefined): string {
  const { message, resource, remediation, severity, suppression } = violation
  const link = webLink(policy?.relatedResources[0]?.ref ?? '')
  const name = markdownText(violation.policy)
  const cells = [
    `${labelOf(violation)}, ${severity}`,
    whereOf(violation),
    `${link === undefined ? name : `[${name}](<${link}>)`}: ${markdownText(message)}`,
    markdownText(describeResource(resource)),
    markdownText(suppression === undefined ? remediation : explainSuppression(suppression)[1]),
  ]
  return `| ${cells.join(' | ')} |`
}
