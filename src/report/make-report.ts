// From what the engine said to a report, in two steps: what is said of one object is plain data, so that objects may be
// judged anywhere and in any order.
import type { Decision, Excepted, Failure, Finding } from '../admission/decision.ts'
import type { Bundle, Exception, ValidationAction } from '../bundle/bundle.ts'
import { isInForce } from '../bundle/check-exceptions.ts'
import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import { describeResource, type Resource } from '../kubernetes/resource.ts'
import type { Outcome, SkipReason } from '../policy/outcome.ts'
import { positionAt, type SourceFile, type Span } from '../source/source-file.ts'
import { locate } from '../yaml/locate.ts'
import { fingerprintOf } from './fingerprint.ts'
import { ACTIONS, byPlace } from './order.ts'
import {
  type JudgedResource,
  type Report,
  type ReportCluster,
  REPORT_API_VERSION,
  type ReportError,
  type ReportExceptionUse,
  type ReportFinding,
  type ReportPlace,
  type ReportSummary,
  type ReportSuppression,
  type SuppressedFinding,
} from './report.ts'

export interface ReportRun {
  /** The product's own. */
  readonly version: string
  readonly bundle?: Pick<Bundle, 'name' | 'digest' | 'policies' | 'bindings' | 'exceptions'>
  /** Set where the objects are a live cluster's. */
  readonly cluster?: ReportCluster
  readonly failOn: ValidationAction
  /** For the last days of exceptions. */
  readonly now: Date
  /** True where there is no object because there was nothing to judge, which is as good as none at fault. */
  readonly nothingToDo?: boolean
  /** In any order. */
  readonly objects: readonly ObjectReport[]
  /** What is not about judging an object. */
  readonly errors: readonly ReportError[]
}

/** What a report says of one object. */
export interface ObjectReport {
  readonly resource: JudgedResource
  readonly findings: readonly Omit<ReportFinding, 'resourceIndex'>[]
  readonly suppressed: readonly Omit<SuppressedFinding, 'resourceIndex'>[]
  readonly errors: readonly Omit<ReportError, 'resourceIndex'>[]
  /** Names of the exceptions that are about it, from bindings that judged it. */
  readonly exceptions: readonly string[]
}

/** Sums up a run. The order does not depend on the order of the objects. */
export function makeReport(run: ReportRun): Report {
  const objects = run.objects.toSorted((a, b) => byPlace(a.resource, b.resource))
  const findings = objects
    .flatMap((each, resourceIndex) =>
      each.findings.map((finding) => ({ ...finding, resourceIndex })),
    )
    .toSorted(byPlace)
  const suppressed = objects
    .flatMap((each, resourceIndex) =>
      each.suppressed.map((finding) => ({ ...finding, resourceIndex })),
    )
    .toSorted(byPlace)
  const errors = [
    ...run.errors,
    ...objects.flatMap((each, resourceIndex) =>
      each.errors.map((error) => ({ ...error, resourceIndex })),
    ),
  ].toSorted(byPlace)
  const count = (action: ValidationAction): number =>
    findings.filter((each) => each.action === action).length
  const summary: ReportSummary = {
    resources: objects.length,
    bindings: run.bundle?.bindings.length ?? 0,
    ...countSkips(objects),
    deny: count('Deny'),
    warn: count('Warn'),
    audit: count('Audit'),
    suppressed: suppressed.length,
    errors: errors.length,
  }
  return {
    apiVersion: REPORT_API_VERSION,
    kind: 'Report',
    tool: { name: 'portcullis', version: run.version },
    ...(run.cluster === undefined ? {} : { cluster: run.cluster }),
    bundle: run.bundle === undefined ? null : { name: run.bundle.name, digest: run.bundle.digest },
    // Nothing is falsely green: what could not be judged weighs more than what was denied.
    verdict:
      errors.length > 0 || (objects.length === 0 && run.nothingToDo !== true)
        ? 'failed'
        : findings.some((each) => fails(run, each))
          ? 'violations'
          : 'clean',
    failOn: run.failOn,
    summary,
    policies: (run.bundle?.policies ?? []).map(
      ({ name, title, description, severity, remediation, relatedResources }) => ({
        name,
        title,
        description,
        severity,
        remediation,
        relatedResources,
      }),
    ),
    bindings: (run.bundle?.bindings ?? []).map(({ name, policy, validationActions }) => ({
      name,
      policy: policy.name,
      validationActions,
    })),
    exceptions: reportExceptions(run),
    resources: objects.map((each) => each.resource),
    findings,
    suppressed,
    errors,
  }
}

function reportExceptions({ bundle, objects, now }: ReportRun): readonly ReportExceptionUse[] {
  const bindings = new Set(bundle?.bindings.map((each) => each.name))
  const matched = objects.flatMap((each) => each.exceptions)
  const used = objects
    .flatMap((each) => each.suppressed)
    .map(({ suppression }) => (suppression.kind === 'exception' ? suppression.name : undefined))
  return (bundle?.exceptions ?? [])
    .filter((each) => bindings.has(each.binding))
    .map((exception) => {
      const { name, binding, owner, reason, expires } = exception
      return {
        name,
        binding,
        owner,
        reason,
        expires,
        expired: !isInForce(exception, now),
        matched: matched.filter((each) => each === name).length,
        used: used.filter((each) => each === name).length,
      }
    })
}

/** Says whether a finding is a violation of this run. */
export function fails(
  { failOn }: Pick<Report, 'failOn'>,
  { action, suppression }: Pick<ReportFinding, 'action'> & { suppression?: ReportSuppression },
): boolean {
  return suppression === undefined && ACTIONS.indexOf(action) <= ACTIONS.indexOf(failOn)
}

/** What was wrong with the inputs or the bundle; warnings are left out. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[]): readonly ReportError[] {
  return diagnostics
    .filter((each) => each.severity === 'error')
    .map(({ code, message, primary }) => ({
      code,
      message,
      ...(primary === undefined ? NOWHERE : startOf(primary.file, primary.span)),
      binding: null,
      resourceIndex: null,
    }))
}

/** What stopped the run, or kept it from finding anything to judge. */
export function reportFault(code: string, message: string): ReportError {
  return { code: `job/${code}`, message, ...NOWHERE, binding: null, resourceIndex: null }
}

export function reportObject(judged: {
  readonly resource: Resource
  readonly decision: Decision
  readonly outcomes: readonly Outcome[]
  /** Those that are about the object, whatever their binding made of it. */
  readonly exceptions?: readonly Exception[]
}): ObjectReport {
  const { resource, decision, outcomes, exceptions = [] } = judged
  const { apiVersion, kind, namespace, name } = identityOf(resource)
  const { file, line, column, rendered } = placeIn(resource, identitySpan(resource))
  const { matched, skipped } = sortBindings(outcomes)
  return {
    // One by one: to copy the members of several objects takes V8 ten times as long.
    resource: {
      apiVersion,
      kind,
      namespace,
      name,
      file,
      line,
      column,
      rendered,
      matched,
      skipped,
    },
    findings: decision.findings.map((finding) => makeFinding(resource, finding)),
    suppressed: decision.excepted.map((excepted) => makeExcepted(resource, excepted)),
    errors: decision.failures.map((failure) => makeFailure(resource, failure)),
    exceptions: exceptions
      .filter(({ binding }) =>
        outcomes.some((each) => each.kind === 'evaluated' && each.binding.name === binding),
      )
      .map(({ name }) => name),
  }
}

function sortBindings(outcomes: readonly Outcome[]): Pick<JudgedResource, 'matched' | 'skipped'> {
  const matched: string[] = []
  const skipped: Partial<Record<SkipReason, string[]>> = {}
  for (const outcome of outcomes) {
    if (outcome.kind === 'skipped') (skipped[outcome.reason] ??= []).push(outcome.binding.name)
    else matched.push(outcome.binding.name)
  }
  return { matched, skipped }
}

/**
 * Returns the finding with its place: that of the violation's path, or where the policy names none that of the object's
 * name, or its first key.
 */
function makeFinding(
  resource: Resource,
  { binding, action, violation }: Finding,
): Omit<ReportFinding, 'resourceIndex'> {
  const { policy } = binding
  const span =
    violation.path === undefined
      ? identitySpan(resource)
      : locate(resource.node, violation.path).span
  return {
    binding: binding.name,
    policy: policy.name,
    action,
    severity: policy.severity,
    message: violation.message,
    path: violation.path ?? [],
    ...placeIn(resource, span),
    resource: identityOf(resource),
    remediation: policy.remediation,
    fingerprint: fingerprintOf(resource, policy.name, violation),
  }
}

function makeExcepted(
  resource: Resource,
  { binding, exception, violation }: Excepted,
): Omit<SuppressedFinding, 'resourceIndex'> {
  const { name, owner, reason, expires } = exception
  const action = ACTIONS.find((each) => binding.validationActions.includes(each)) ?? 'Deny'
  return {
    ...makeFinding(resource, { binding, action, violation }),
    suppression: { kind: 'exception', name, owner, reason, expires },
  }
}

function makeFailure(
  resource: Resource,
  { binding, error }: Failure,
): Omit<ReportError, 'resourceIndex'> {
  return {
    code: `evaluation/${error.code}`,
    message: `binding \`${binding.name}\` could not judge ${describeResource(resource)}: ${error.message}`,
    ...(resource.served === undefined
      ? startOf(resource.file, identitySpan(resource))
      : { file: resource.file.path, line: 1, column: 1 }),
    binding: binding.name,
  }
}

function identityOf({ apiVersion, kind, namespace, name }: Resource): ReportFinding['resource'] {
  return { apiVersion, kind, namespace: namespace ?? '', name }
}

/** Where the object says what it is called. */
function identitySpan(resource: Resource): Span {
  const name = locate(resource.node, ['metadata', 'name'])
  return name.exact ? name.span : locate(resource.node, []).span
}

/** Where there is no text to point into. */
const NO_TEXT = { line: 1, column: 1, endLine: 1, endColumn: 1 } as const

const NOWHERE = { file: null, line: null, column: null } as const

function startOf(
  file: SourceFile,
  { start }: Span,
): Pick<JudgedResource, 'file' | 'line' | 'column'> {
  const { line, column } = positionAt(file, start)
  return { file: file.path, line, column }
}

function placeIn(
  { file, source, served }: Resource,
  span: Span,
): ReportPlace & Pick<ReportFinding, 'rendered'> {
  if (served !== undefined) return { file: file.path, ...NO_TEXT, rendered: null }
  const place = placeOf(file, span)
  if (source !== undefined) return { file: source, ...NO_TEXT, rendered: place }
  const { line, column, endLine, endColumn } = place
  return { file: place.file, line, column, endLine, endColumn, rendered: null }
}

function placeOf(file: SourceFile, span: Span): ReportPlace {
  // A block scalar ends with its line break: its last line is the one before.
  let { end } = span
  while (end > span.start && '\r\n'.includes(file.text.charAt(end - 1))) end--
  const { line, column } = positionAt(file, span.start)
  const last = positionAt(file, end)
  return { file: file.path, line, column, endLine: last.line, endColumn: last.column }
}

function countSkips(
  objects: readonly ObjectReport[],
): Pick<ReportSummary, 'skipped' | 'skippedBy'> {
  const counts = new Map<string, number>()
  for (const { resource } of objects) {
    for (const [reason, names] of Object.entries(resource.skipped)) {
      counts.set(reason, (counts.get(reason) ?? 0) + names.length)
    }
  }
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    skipped: sorted.reduce((sum, [, number]) => sum + number, 0),
    skippedBy: Object.fromEntries(sorted),
  }
}
