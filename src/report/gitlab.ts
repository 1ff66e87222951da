// GitLab's Code Quality report, its part of Code Climate's format: docs.gitlab.com, ci/testing/code_quality.
import { createHash } from 'node:crypto'
import type { Severity } from '../bundle/bundle.ts'
import { printable } from '../diagnostic/printable.ts'
import { onePerViolation, type ReportViolation } from './one-per-violation.ts'
import { byWorst, SEVERITIES } from './order.ts'
import type { Report, ReportError } from './report.ts'

const GRADES = ['blocker', 'critical', 'major', 'minor', 'info'] as const

interface Issue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: (typeof GRADES)[number]
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}

/** Returns an issue an error and violation, the worst first. */
export function renderGitlab(report: Report): string {
  const issues = [
    ...report.errors.map(errorIssue),
    ...onePerViolation(report)
      .filter(({ suppression }) => suppression === undefined)
      .toSorted(byWorst)
      .map(violationIssue),
  ]
  return `${JSON.stringify(issues, undefined, 2)}\n`
}

function violationIssue(violation: ReportViolation): Issue {
  const { message, remediation, policy, file, line, fingerprint, occurrence } = violation
  return {
    description: printable(`${message}. ${remediation}`),
    check_name: policy,
    fingerprint: hash(file, fingerprint, occurrence),
    severity: gradeOf(violation),
    location: { path: file, lines: { begin: line } },
  }
}

/** There is no issue without a place, so one is made up. */
function errorIssue({ code, message, file, line }: ReportError): Issue {
  return {
    description: printable(message),
    check_name: code,
    fingerprint: hash(code, message, file, line),
    severity: 'blocker',
    location: { path: file ?? '.', lines: { begin: line ?? 1 } },
  }
}

/** What denies stands one grade above what warns; what is only recorded is for information. */
function gradeOf({
  action,
  severity,
}: {
  readonly action: ReportViolation['action']
  readonly severity: Severity
}): Issue['severity'] {
  if (action === 'Audit') return 'info'
  return GRADES[SEVERITIES.indexOf(severity) + (action === 'Deny' ? 0 : 1)] ?? 'info'
}

function hash(...parts: readonly (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
