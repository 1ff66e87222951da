// What holds for every answer of the webhook listener, whatever was sent to it.
import { verifyAnswer } from './verify-answer.ts'

export interface Answer {
  readonly code: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A place in our sources, or a path of this machine; places in policies are for their authors. */
const INNARDS =
  /\.(?:ts|js|mjs|cjs):\d|\bat .{1,80}:\d+:\d+|file:\/\/|\/(?:home|root|tmp|usr|var|work)\/|node_modules/
/** As many characters of what was sent are looked for in an answer that must have none of it. */
const MAX_SEARCHED = 64 * 1024
const MIN_ECHO_LENGTH = 8
/** Texts of the contract, which an error may name. */
const OURS = new Set([
  'apiVersion',
  'AdmissionReview',
  'admission.k8s.io/v1',
  'admission.k8s.io/v1beta1',
])

/** Returns what is wrong with the answer to a body, where that is known; empty for a good one. */
export function verifyExchange(sent: string | Uint8Array | undefined, answer: Answer): string[] {
  const { code, headers, body } = answer
  const faults: string[] = []
  if (INNARDS.test(body)) faults.push('shows its innards')
  if (code === 200) {
    const type = headers['content-type']
    if (type !== 'application/json') faults.push(`has the content type ${String(type)}`)
    const uid = sent === undefined ? undefined : uidOf(sent)
    // A body that is no JSON may be denied where its uid could be read all the same.
    const isReview = sent === undefined || uid !== undefined
    if (!isReview && body.includes('"allowed":true')) faults.push('allows what is no review')
    return [...faults, ...verifyAnswer(body, uid ?? uidOf(body, 'response') ?? '')]
  }
  if (code < 400 || code > 599) faults.push(`has the code ${code}`)
  if (body.includes('allowed')) faults.push('is an error that speaks of allowing')
  if (headers['location'] !== undefined) faults.push('redirects')
  if (code === 503) {
    const after = headers['retry-after']
    // The API server repeats a request for nothing else, and only on another connection finds another replica.
    if (typeof after !== 'string' || !/^[1-9]\d?$/.test(after)) faults.push('has no Retry-After')
    if (headers['connection'] !== 'close') faults.push('keeps an overloaded connection')
  } else if (headers['retry-after'] !== undefined) faults.push('asks for a repetition')
  const echo = sent === undefined ? undefined : findEcho(sent, body)
  if (echo !== undefined) faults.push(`repeats ${echo} of what was sent`)
  return faults
}

/** The answers that came over one connection, as bytes. */
export function parseAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = []
  let rest = bytes
  while (rest.length > 0) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd === -1) throw new Error(`no HTTP: ${rest.toString('latin1', 0, 100)}`)
    const [status = '', ...fields] = rest.toString('latin1', 0, headEnd).split('\r\n')
    const headers: Record<string, string> = {}
    for (const field of fields) {
      const colon = field.indexOf(':')
      headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim()
    }
    const start = headEnd + 4
    const end = start + Number(headers['content-length'] ?? 0)
    const code = Number(/^HTTP\/1\.1 (\d{3}) /.exec(status)?.[1])
    answers.push({ code, headers, body: rest.toString('utf8', start, end) })
    rest = rest.subarray(end)
  }
  return answers.filter((answer) => answer.code !== 100)
}

function uidOf(
  text: string | Uint8Array,
  key: 'request' | 'response' = 'request',
): string | undefined {
  try {
    const review = JSON.parse(asText(text)) as Readonly<
      Record<string, { uid?: unknown } | null>
    > | null
    const uid = review?.[key]?.uid
    return typeof uid === 'string' ? uid : undefined
  } catch {
    return undefined
  }
}

function findEcho(sent: string | Uint8Array, body: string): string | undefined {
  const start = asText(
    typeof sent === 'string' ? sent.slice(0, MAX_SEARCHED) : sent.subarray(0, MAX_SEARCHED),
  )
  for (const [, text = ''] of start.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
    if (text.length >= MIN_ECHO_LENGTH && !OURS.has(text) && body.includes(text)) return text
  }
  return undefined
}

function asText(bytes: string | Uint8Array): string {
  return typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')
}
