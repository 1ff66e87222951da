// The API server's own checks of a validating webhook's answer, written again from what it demands, so that every answer in
// the tests passes them. Sources: k8s.io/apiserver pkg/admission/plugin/webhook/request (VerifyAdmissionResponse),
// pkg/admission/plugin/webhook/errors (ToStatusErr), pkg/endpoints/filters/warning.go, pkg/admission/attributes.go (audit
// keys); k8s.io/apimachinery net.NewWarningHeader and validation.IsQualifiedName.

const WEBHOOK = 'validate.portcullis.dev'
const MAX_ANSWER_BYTES = 16 * 1024
/** While their sum is not above it, warnings go through whole; then each is cut, and the rest is left out. */
const MAX_WARNING_RUNES = 4096
const MAX_CUT_WARNING_RUNES = 256
const MAX_NAME_LENGTH = 63
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const REVIEW_KEYS = new Set(['apiVersion', 'kind', 'response'])
const RESPONSE_KEYS = new Set(['uid', 'allowed', 'status', 'warnings', 'auditAnnotations'])
const STATUS_KEYS = new Set(['status', 'code', 'reason', 'message', 'details'])
const CAUSE_KEYS = new Set(['reason', 'message', 'field'])
/** metav1.StatusReason, each with its HTTP code. */
const REASONS: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Forbidden: 403,
  InternalError: 500,
}

type Wire = Readonly<Record<string, unknown>>

/** Returns what the API server, or we, would hold against the answer; empty for a good one. */
export function verifyAnswer(body: string, uid: string): string[] {
  const review = parse(body)
  if (!isRecord(review)) return ['the answer is no JSON object']
  const { response } = review
  if (!isRecord(response)) return ['webhook response was absent']
  return [
    ...(Buffer.byteLength(body) < MAX_ANSWER_BYTES ? [] : ['the answer is 16 KiB or more']),
    ...(review['apiVersion'] === 'admission.k8s.io/v1' ? [] : ['wrong apiVersion']),
    ...(review['kind'] === 'AdmissionReview' ? [] : ['wrong kind']),
    ...unexpectedKeys(review, REVIEW_KEYS),
    ...unexpectedKeys(response, RESPONSE_KEYS),
    ...(response['uid'] === uid ? [] : ['the uid is not the request’s']),
    ...(typeof response['allowed'] === 'boolean' ? [] : ['allowed is not a boolean']),
    ...('patch' in response || 'patchType' in response ? ['a validating webhook patches'] : []),
    ...verifyStatus(response),
    ...verifyWarnings(response['warnings']),
    ...verifyAnnotations(response['auditAnnotations']),
  ]
}

function verifyStatus({ allowed, status }: Wire): string[] {
  if (allowed === true) return status === undefined ? [] : ['an allowance has a status']
  if (!isRecord(status)) return ['a denial has no status']
  const { code, reason, message, details } = status
  const faults = unexpectedKeys(status, STATUS_KEYS)
  // The API server would mend the first two, and say that there is no explanation.
  if (!Number.isInteger(code) || Number(code) < 400) faults.push('status.code is under 400')
  if (status['status'] !== 'Failure') faults.push('status.status is not Failure')
  if (typeof message !== 'string' || message === '') faults.push('denied without explanation')
  else if (!isClean(message.replaceAll('\n', ''))) faults.push('status.message is not clean')
  if (typeof reason !== 'string' || REASONS[reason] !== code) {
    faults.push('status.reason does not go with the code')
  }
  if (details !== undefined) faults.push(...verifyDetails(details))
  return faults
}

function verifyDetails(details: unknown): string[] {
  const causes = isRecord(details) ? details['causes'] : undefined
  if (!Array.isArray(causes)) return ['status.details has no causes']
  return (causes as unknown[]).flatMap((cause) => {
    if (!isRecord(cause)) return ['a cause is no object']
    const { reason, message, field } = cause
    const faults = unexpectedKeys(cause, CAUSE_KEYS)
    for (const text of [reason, message, ...('field' in cause ? [field] : [])]) {
      if (typeof text !== 'string' || text === '') faults.push('a cause lacks text')
      else if (!isClean(text)) faults.push('a cause is not clean')
    }
    return faults
  })
}

function verifyWarnings(value: unknown): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
    return ['warnings is not a list of texts']
  }
  const warnings = value as readonly string[]
  const faults: string[] = []
  const delivered = deliverWarnings(warnings)
  if (delivered.length < warnings.length) faults.push('a warning is dropped')
  if (delivered.some((each) => !warnings.includes(each))) faults.push('a warning is cut')
  // Within the sum longer ones go through, but not beside those of other webhooks: the sum is the request's.
  if (warnings.some((each) => runesOf(each).length > MAX_CUT_WARNING_RUNES)) {
    faults.push('a warning is longer than 256')
  }
  return faults
}

/** What of the warnings a client gets to see. */
export function deliverWarnings(warnings: readonly string[]): string[] {
  const recorded: string[] = []
  let sent: string[] = []
  let runes = 0
  let isCutting = false
  const send = (warning: string): void => {
    const all = runesOf(warning)
    const kept = isCutting ? all.slice(0, MAX_CUT_WARNING_RUNES) : all
    if (runes + kept.length <= MAX_WARNING_RUNES || isCutting) {
      runes += kept.length
      sent.push(kept.join(''))
      return
    }
    isCutting = true
    runes = 0
    sent = []
    for (const each of recorded) send(each)
  }
  for (const warning of warnings) {
    if (warning === '' || recorded.includes(warning) || !isClean(warning)) continue
    if (isCutting && runes >= MAX_WARNING_RUNES) break
    recorded.push(warning)
    send(warning)
  }
  return sent
}

function verifyAnnotations(value: unknown): string[] {
  if (value === undefined) return []
  if (!isRecord(value)) return ['auditAnnotations is no object']
  return Object.entries(value).flatMap(([key, text]) => [
    ...(isQualified(`${WEBHOOK}/${key}`) ? [] : [`audit key ${key} is not qualified`]),
    ...(typeof text === 'string' && isClean(text) ? [] : [`audit value of ${key} is not clean`]),
  ])
}

/** The prefix is a constant of ours and right. */
function isQualified(key: string): boolean {
  const [, name = '', ...more] = key.split('/')
  return more.length === 0 && name.length <= MAX_NAME_LENGTH && NAME.test(name)
}

/** Neither Go's unicode.IsControl nor, as half a surrogate pair would come to, invalid UTF-8. */
function isClean(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text)
}

function runesOf(text: string): string[] {
  return Array.from(text)
}

function unexpectedKeys(record: Wire, expected: ReadonlySet<string>): string[] {
  return Object.keys(record).flatMap((key) => (expected.has(key) ? [] : [`unexpected ${key}`]))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
