// A run's findings as `check -o json` prints them: the shape is an interface others build on.
import type { Decision, Failure, Finding } from '../admission/decision.ts'
import type { Bundle, Severity, ValidationAction } from '../bundle/bundle.ts'
import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import { describeResource, type Resource } from '../kubernetes/resource.ts'
import { positionAt, type SourceFile, type Span } from '../source/source-file.ts'
import { locate } from '../yaml/locate.ts'

const REPORT_API_VERSION = 'portcullis.dev/v1'

export interface Report {
  readonly apiVersion: typeof REPORT_API_VERSION
  readonly kind: 'Report'
  readonly bundle: { readonly name: string; readonly digest: string }
  readonly summary: ReportSummary
  /** By file, line, column and binding. */
  readonly findings: readonly ReportFinding[]
  readonly errors: readonly ReportError[]
}

interface ReportSummary {
  readonly resources: number
  /** Pairs of a resource and a binding that does not match it. */
  readonly skipped: number
  readonly deny: number
  readonly warn: number
  readonly audit: number
  readonly errors: number
}

export interface ReportFinding {
  readonly binding: string
  readonly policy: string
  readonly action: ValidationAction
  readonly severity: Severity
  readonly message: string
  /** Keys from the object's root; empty where the policy names no place in it. */
  readonly path: readonly (string | number)[]
  readonly file: string
  /** From 1; columns count UTF-16 code units; the end is the first place past the text. */
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly resource: ReportResource
  readonly remediation: string
}

interface ReportResource {
  readonly apiVersion: string
  readonly kind: string
  /** Empty where the file names none. */
  readonly namespace: string
  readonly name: string
}

export interface ReportError {
  /** A diagnostic's code, or `evaluation/` and why a policy could not be evaluated. */
  readonly code: string
  readonly message: string
  /** Null where there is no place to show. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
}

export interface ReportRun {
  readonly bundle: Pick<Bundle, 'name' | 'digest'>
  readonly judged: readonly { readonly resource: Resource; readonly decision: Decision }[]
  /** What was wrong with the inputs; warnings are left out. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Sums up a run. The order does not depend on the order of the inputs. */
export function makeReport(run: ReportRun): Report {
  const findings: ReportFinding[] = []
  const errors = run.diagnostics
    .filter((each) => each.severity === 'error')
    .map(makeDiagnosticError)
  let skipped = 0
  for (const { resource, decision } of run.judged) {
    for (const finding of decision.findings) findings.push(makeFinding(resource, finding))
    for (const failure of decision.failures) errors.push(makeFailureError(resource, failure))
    skipped += decision.skipped
  }
  findings.sort(byPlace)
  errors.sort(byPlace)
  const count = (action: ValidationAction): number =>
    findings.filter((each) => each.action === action).length
  return {
    apiVersion: REPORT_API_VERSION,
    kind: 'Report',
    bundle: { name: run.bundle.name, digest: run.bundle.digest },
    summary: {
      resources: run.judged.length,
      skipped,
      deny: count('Deny'),
      warn: count('Warn'),
      audit: count('Audit'),
      errors: errors.length,
    },
    findings,
    errors,
  }
}

/**
 * Returns the finding with its place: that of the violation's path, or where the policy names none that of the object's
 * name, or its first key.
 */
export function makeFinding(resource: Resource, finding: Finding): ReportFinding {
  const { binding, action, violation } = finding
  const span =
    violation.path === undefined
      ? identitySpan(resource)
      : locate(resource.node, violation.path).span
  return {
    binding: binding.name,
    policy: binding.policy.name,
    action,
    severity: binding.policy.severity,
    message: violation.message,
    path: violation.path ?? [],
    ...placeOf(resource.file, span),
    resource: {
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      namespace: resource.namespace ?? '',
      name: resource.name,
    },
    remediation: binding.policy.remediation,
  }
}

function makeFailureError(resource: Resource, { binding, error }: Failure): ReportError {
  const { file, line, column } = placeOf(resource.file, identitySpan(resource))
  const message = `binding \`${binding.name}\` could not judge ${describeResource(resource)}: ${error.message}`
  return { code: `evaluation/${error.code}`, message, file, line, column }
}

function makeDiagnosticError({ code, message, primary }: Diagnostic): ReportError {
  if (primary === undefined) return { code, message, file: null, line: null, column: null }
  const { file, line, column } = placeOf(primary.file, primary.span)
  return { code, message, file, line, column }
}

/** Where the object says what it is called. */
function identitySpan(resource: Resource): Span {
  const name = locate(resource.node, ['metadata', 'name'])
  return name.exact ? name.span : locate(resource.node, []).span
}

function placeOf(
  file: SourceFile,
  span: Span,
): Pick<ReportFinding, 'file' | 'line' | 'column' | 'endLine' | 'endColumn'> {
  const start = positionAt(file, span.start)
  // A block scalar ends with its line break: its last line is the one before.
  let { end } = span
  while (end > span.start && '\r\n'.includes(file.text.charAt(end - 1))) end--
  const last = positionAt(file, end)
  return { file: file.path, ...start, endLine: last.line, endColumn: last.column }
}

interface Placed {
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly binding?: string
  readonly action?: string
  readonly code?: string
  readonly message: string
}

function byPlace(a: Placed, b: Placed): number {
  return (
    compare(a.file ?? '', b.file ?? '') ||
    compare(a.line ?? 0, b.line ?? 0) ||
    compare(a.column ?? 0, b.column ?? 0) ||
    compare(a.binding ?? a.code ?? '', b.binding ?? b.code ?? '') ||
    compare(actionRank(a.action), actionRank(b.action)) ||
    compare(a.message, b.message)
  )
}

function actionRank(action: string | undefined): number {
  return ['Deny', 'Warn', 'Audit'].indexOf(action ?? '')
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
