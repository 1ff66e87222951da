// A Decision as the API server wants to hear it. It reads an answer unbounded and drops what breaks its rules without a word,
// so every part has a budget, and what does not fit is counted.
import type { EvaluationError, Violation } from '../policy/outcome.ts'
import type { Binding } from '../bundle/bundle.ts'
import { clean } from './clean-text.ts'
import type { Decision, Failure, Finding } from './decision.ts'
import { fieldPath } from './field-path.ts'
import { API_VERSION } from './parse-review.ts'

/** Source: k8s.io/api/admission/v1 AdmissionReview; a validating webhook never sends a patch. */
export interface AdmissionAnswer {
  readonly apiVersion: typeof API_VERSION
  readonly kind: 'AdmissionReview'
  readonly response: AdmissionResponse
}

interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  /** Only on a denial: the API server does not read it otherwise. */
  readonly status?: Status
  readonly warnings?: readonly string[]
  /** Keys without a slash: the API server puts the webhook's name before them. */
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

/** Source: k8s.io/apimachinery/pkg/apis/meta/v1 Status. */
interface Status {
  readonly status: 'Failure'
  readonly code: number
  readonly reason: 'Forbidden' | 'InternalError' | 'BadRequest'
  readonly message: string
  readonly details?: { readonly causes: readonly StatusCause[] }
}

interface StatusCause {
  /** The policy's name, or the code of an evaluation error. */
  readonly reason: string
  readonly message: string
  readonly field?: string
}

/** What is said of the decision besides the decision itself. */
export interface AnswerContext {
  readonly bundleDigest: string
  readonly decisionId: string
}

// In bytes of JSON, 14.5 KiB together; the envelope has the rest of 16 KiB.
const MESSAGE_BYTES = 5_120
const CAUSES_BYTES = 4_096
const WARNINGS_BYTES = 2_560
const NAMES_BYTES = 512
const AUDIT_BYTES = 1_024
/** The API server cuts longer warnings once their sum is past 4,096 characters. */
const MAX_WARNING_LENGTH = 256
const MAX_LINE_LENGTH = 512
const MAX_FIELD_LENGTH = 384

/** Answers a review that was decided. */
export function toResponse(
  uid: string,
  decision: Decision,
  context: AnswerContext,
): AdmissionAnswer {
  const warnings = writeWarnings(decision)
  return answer({
    uid,
    allowed: decision.allowed,
    ...(decision.allowed ? {} : { status: writeStatus(decision) }),
    ...(warnings.length === 0 ? {} : { warnings }),
    auditAnnotations: writeAnnotations(decision, context),
  })
}

/** Denies a review that cannot be judged: 400 where it is at fault, 500 where we are. */
export function toRefusal(
  uid: string,
  code: 400 | 500,
  message: string,
  context: AnswerContext,
): AdmissionAnswer {
  const reason = code === 400 ? 'BadRequest' : 'InternalError'
  return answer({
    uid,
    allowed: false,
    status: { status: 'Failure', code, reason, message: clean(message, MAX_LINE_LENGTH) },
    auditAnnotations: {
      'bundle-digest': context.bundleDigest,
      'decision-id': context.decisionId,
    },
  })
}

function answer(response: AdmissionResponse): AdmissionAnswer {
  return { apiVersion: API_VERSION, kind: 'AdmissionReview', response }
}

function writeStatus(decision: Decision): Status {
  const denials = decision.findings.filter((finding) => finding.action === 'Deny')
  const failures = decision.failures.filter((failure) => failure.denies)
  const causes = keepWithin(CAUSES_BYTES, [
    ...denials.map(violationCause),
    ...failures.map(failureCause),
  ])
  return {
    status: 'Failure',
    code: denials.length > 0 ? 403 : 500,
    reason: denials.length > 0 ? 'Forbidden' : 'InternalError',
    message: writeMessage(denials, failures),
    details: { causes: causes.kept },
  }
}

function violationCause({ binding, violation }: Finding): StatusCause {
  return {
    reason: binding.policy.name,
    message: clean(`${binding.name}: ${violation.message}`, MAX_LINE_LENGTH),
    ...(violation.path === undefined || violation.path.length === 0
      ? {}
      : { field: clean(fieldPath(violation.path), MAX_FIELD_LENGTH) }),
  }
}

function failureCause({ binding, error }: Failure): StatusCause {
  return { reason: error.code, message: describeError(binding, error, MAX_LINE_LENGTH) }
}

/** For people: a line a fault, and after a binding's last one how to mend it, where there is room. */
function writeMessage(denials: readonly Finding[], failures: readonly Failure[]): string {
  const faults = denials.length + failures.length
  const lines = [
    ...denials.map(({ binding, violation }) =>
      describeViolation(binding, violation, MAX_LINE_LENGTH),
    ),
    ...failures.map(({ binding, error }) => describeError(binding, error, MAX_LINE_LENGTH)),
  ]
  // Room for the count before the lines and the one after them.
  const { kept, left } = keepWithin(MESSAGE_BYTES - 64, lines)
  let room = MESSAGE_BYTES - 64 - kept.reduce((sum, line) => sum + jsonBytes(line), 0)
  const shown = kept.map((line, index) => {
    const binding = denials[index]?.binding
    if (binding === undefined || denials[index + 1]?.binding === binding) return line
    const cure = describeCure(binding)
    const bytes = jsonBytes(cure)
    if (cure === '' || bytes > room) return line
    room -= bytes
    return line + cure
  })
  if (left > 0) shown.push(`and ${left} more`)
  return faults === 1 ? shown.join('\n') : `${faults} faults\n${shown.join('\n')}`
}

/** The place stays whole where the text must be cut: it is what the reader looks for. */
function describeViolation(
  { name }: Binding,
  { message, path }: Violation,
  maxLength: number,
): string {
  const place = path === undefined || path.length === 0 ? '' : ` (${fieldPath(path)})`
  const room = Math.max(64, maxLength - name.length - place.length - 2)
  return clean(`${name}: ${clean(message, room)}${place}`, maxLength)
}

function describeCure({ policy }: Binding): string {
  const link = policy.relatedResources[0]?.ref
  const cure = policy.remediation === '' ? '' : `\n  ${clean(policy.remediation, MAX_LINE_LENGTH)}`
  return link === undefined ? cure : `${cure}\n  ${clean(link, MAX_LINE_LENGTH)}`
}

function describeError(binding: Binding, error: EvaluationError, maxLength: number): string {
  const { name, policy, failurePolicy } = binding
  const start = `${name}: policy ${policy.name} could not be evaluated: `
  const end = ` (${error.code}, failurePolicy ${failurePolicy})`
  const room = Math.max(64, maxLength - start.length - end.length)
  return clean(start + clean(error.message, room) + end, maxLength)
}

function writeWarnings(decision: Decision): readonly string[] {
  const lines = new Set<string>()
  for (const { action, binding, violation } of decision.findings) {
    if (action === 'Warn') lines.add(describeViolation(binding, violation, MAX_WARNING_LENGTH))
  }
  for (const { binding, exception, violation } of decision.excepted) {
    // What would only be audited is not for the user.
    if (binding.validationActions.every((action) => action === 'Audit')) continue
    const note = ` [excepted until ${exception.expires} by ${exception.name}]`
    const room = MAX_WARNING_LENGTH - note.length
    lines.add(describeViolation(binding, violation, room) + note)
  }
  for (const { binding, error, denies } of decision.failures) {
    if (denies) continue
    const isTold = binding.failurePolicy === 'Ignore' || binding.validationActions.includes('Warn')
    if (isTold) lines.add(describeError(binding, error, MAX_WARNING_LENGTH))
  }
  const { kept, left } = keepWithin(WARNINGS_BYTES, [...lines])
  return left === 0 ? kept : [...kept, `and ${left} more warnings`]
}

function writeAnnotations(
  decision: Decision,
  context: AnswerContext,
): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = {
    'bundle-digest': context.bundleDigest,
    'decision-id': context.decisionId,
  }
  const add = (key: string, values: Iterable<string>, maxBytes = NAMES_BYTES): void => {
    const { kept, left } = keepWithin(maxBytes - 32, [...new Set(values)])
    if (kept.length + left === 0) return
    annotations[key] = [...kept, ...(left === 0 ? [] : [`and ${left} more`])].join('; ')
  }
  const of = (action: Finding['action']): readonly Finding[] =>
    decision.findings.filter((finding) => finding.action === action)
  add('denied-by', of('Deny').map(bindingName))
  add('warned-by', of('Warn').map(bindingName))
  add('audited-by', of('Audit').map(bindingName))
  add(
    'excepted-by',
    decision.excepted.map(({ binding, exception }) => `${exception.name} (${binding.name})`),
  )
  // The audit log is the only place where an audited violation shows.
  const audited = of('Audit').map(({ binding, violation }) =>
    describeViolation(binding, violation, MAX_WARNING_LENGTH),
  )
  add('audit-violations', audited, AUDIT_BYTES)
  add(
    'failed',
    decision.failures.map((failure) => `${bindingName(failure)} (${failure.error.code})`),
  )
  return annotations
}

function bindingName({ binding }: Finding | Failure): string {
  return clean(binding.name, 128)
}

/** Takes from the front as much as fits, and counts what is left. */
function keepWithin<T>(maxBytes: number, items: readonly T[]): { kept: T[]; left: number } {
  let bytes = 0
  let count = 0
  for (const item of items) {
    bytes += jsonBytes(item)
    if (bytes > maxBytes) break
    count++
  }
  return { kept: items.slice(0, count), left: items.length - count }
}

/** With the comma between two items; quotes and line breaks are escaped, so a text may be longer than it looks. */
function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1
}
