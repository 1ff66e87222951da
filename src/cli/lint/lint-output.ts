import { API_VERSION } from '../../bundle/schema/definitions.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import { paint, type Style } from '../../diagnostic/paint.ts'
import { renderDiagnostic } from '../../diagnostic/render.ts'
import type { LintResult } from '../../policy/lint/lint-bundle.ts'
import { positionAt } from '../../source/source-file.ts'
import { counted } from '../counted.ts'

export function renderLint(result: LintResult, style: Style): string {
  const diagnostics = allDiagnostics(result)
  const lines = diagnostics.map((each) => {
    const text = renderDiagnostic(each, style)
    // Below the help, which every finding has.
    const indent = ' '.repeat(text.slice(text.lastIndexOf('\n') + 1).search(/\S/))
    return `${text}\n${indent}${paint('= docs:', 'cyan', style)} ${docsOf(each)}\n`
  })
  const { errors, warnings, allowed } = summaryOf(result)
  const sum = [counted(errors, 'error'), counted(warnings, 'warning')].join(', ')
  const meant = allowed === 0 ? '' : `, ${allowed} allowed`
  return `${lines.map((each) => `${each}\n`).join('')}${sum}${meant}\n`
}

export function renderLintJson(result: LintResult): string {
  const told = [
    ...result.findings,
    ...result.diagnostics.map((diagnostic) => ({ diagnostic, subject: undefined })),
  ]
  const findings = told.map(({ diagnostic, subject }) => ({
    ...describe(diagnostic),
    ...(subject === undefined || subject.name === '' ? {} : { [subject.kind]: subject.name }),
  }))
  const allowed = result.allowed.map(({ finding: { diagnostic, subject }, reason }) => ({
    ...describe(diagnostic),
    ...(subject.name === '' ? {} : { [subject.kind]: subject.name }),
    reason,
  }))
  const document = {
    apiVersion: API_VERSION,
    kind: 'LintReport',
    summary: summaryOf(result),
    findings,
    allowed,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

export function allDiagnostics({ findings, diagnostics }: LintResult): readonly Diagnostic[] {
  return [...findings.map((each) => each.diagnostic), ...diagnostics]
}

/** Where a code is described. */
export function docsOf({ code }: Pick<Diagnostic, 'code'>): string {
  return `docs/lint.md#${code.replace('/', '')}`
}

function summaryOf(result: LintResult) {
  const all = allDiagnostics(result)
  const errors = all.filter(({ severity }) => severity === 'error').length
  return { errors, warnings: all.length - errors, allowed: result.allowed.length }
}

function describe(diagnostic: Diagnostic) {
  const { code, severity, message, help, primary } = diagnostic
  return {
    code,
    severity,
    message,
    ...(help === undefined ? {} : { help }),
    docs: docsOf(diagnostic),
    ...(primary === undefined
      ? {}
      : { file: primary.file.path, ...positionAt(primary.file, primary.span.start) }),
  }
}
