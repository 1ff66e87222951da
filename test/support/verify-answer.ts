// The API server's own checks of a validating webhook's answer, written again from what it demands, so that every answer in
// the tests passes them. Sources: k8s.io/apiserver pkg/admission/plugin/webhook/request (VerifyAdmissionResponse),
// pkg/endpoints/filters/warning.go, pkg/admission/attributes.go (audit keys); k8s.io/apimachinery net.NewWarningHeader.

const WEBHOOK = 'validate.portcullis.dev'
const MAX_ANSWER_BYTES = 16 * 1024
const MAX_WARNING_RUNES = 4096
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const REVIEW_KEYS = new Set(['apiVersion', 'kind', 'response'])
const RESPONSE_KEYS = new Set(['uid', 'allowed', 'status', 'warnings', 'auditAnnotations'])

/** Returns what the API server, or we, would hold against the answer; empty for a good one. */
export function verifyAnswer(body: string, uid: string): string[] {
  const faults: string[] = []
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault)
  }
  expect(Buffer.byteLength(body) < MAX_ANSWER_BYTES, 'the answer is 16 KiB or more')
  const review = JSON.parse(body) as Record<string, unknown>
  expect(review['apiVersion'] === 'admission.k8s.io/v1', 'wrong apiVersion')
  expect(review['kind'] === 'AdmissionReview', 'wrong kind')
  for (const key of Object.keys(review)) expect(REVIEW_KEYS.has(key), `unexpected ${key}`)
  const response = review['response'] as Record<string, unknown> | undefined
  if (response === undefined) return [...faults, 'webhook response was absent']
  for (const key of Object.keys(response)) expect(RESPONSE_KEYS.has(key), `unexpected ${key}`)
  expect(response['uid'] === uid, 'the uid is not the request’s')
  expect(typeof response['allowed'] === 'boolean', 'allowed is not a boolean')
  expect(!('patch' in response) && !('patchType' in response), 'a validating webhook patches')
  faults.push(
    ...verifyStatus(response),
    ...verifyWarnings(response['warnings']),
    ...verifyAnnotations(response['auditAnnotations']),
  )
  return faults
}

function verifyStatus(response: Record<string, unknown>): string[] {
  const status = response['status'] as Record<string, unknown> | undefined
  if (response['allowed'] === true) return status === undefined ? [] : ['an allowance has a status']
  if (status === undefined) return ['a denial has no status']
  const faults: string[] = []
  const code = status['code']
  if (!Number.isInteger(code) || Number(code) < 400) faults.push('status.code is under 400')
  if (status['status'] !== 'Failure') faults.push('status.status is not Failure')
  if (typeof status['message'] !== 'string' || status['message'] === '') {
    faults.push('denied without explanation')
  }
  if (hasControl(String(status['message']).replaceAll('\n', ''))) {
    faults.push('status.message has control characters')
  }
  const details = (status['details'] ?? {}) as { causes?: readonly Record<string, unknown>[] }
  for (const cause of details.causes ?? []) {
    const { reason, message, field, ...others } = cause
    if (typeof reason !== 'string' || typeof message !== 'string') faults.push('a cause lacks text')
    if (field !== undefined && (typeof field !== 'string' || hasControl(field))) {
      faults.push('a cause has a wrong field')
    }
    if (Object.keys(others).length > 0) faults.push('a cause has unknown keys')
  }
  return faults
}

function verifyWarnings(value: unknown): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) return ['warnings is not a list']
  const warnings = value as unknown[]
  const faults: string[] = []
  let runes = 0
  for (const warning of warnings) {
    if (typeof warning !== 'string' || warning === '') faults.push('a warning is not a text')
    else {
      const length = Array.from(warning).length
      runes += length
      if (hasControl(warning) || /\p{Cs}/u.test(warning)) faults.push('a warning is dropped')
      if (length > 256) faults.push('a warning is cut')
    }
  }
  if (runes > MAX_WARNING_RUNES) faults.push('warnings are left out')
  if (new Set(warnings).size !== warnings.length) faults.push('a warning is given twice')
  return faults
}

function verifyAnnotations(value: unknown): string[] {
  if (value === undefined) return []
  const faults: string[] = []
  for (const [key, text] of Object.entries(value as Record<string, unknown>)) {
    const parts = `${WEBHOOK}/${key}`.split('/')
    const name = parts[1] ?? ''
    if (parts.length !== 2 || name.length > 63 || !NAME.test(name)) faults.push(`bad key ${key}`)
    if (typeof text !== 'string' || hasControl(text)) faults.push(`bad value of ${key}`)
  }
  return faults
}

/** As Go's unicode.IsControl. */
function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
