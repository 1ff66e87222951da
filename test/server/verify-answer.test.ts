// The checker that all answers in the tests go through: what it must not let pass.
import { describe, expect, test } from 'vitest'
import { UID } from '../support/review.ts'
import { deliverWarnings, verifyAnswer } from '../support/verify-answer.ts'
import { parseAnswers, verifyExchange } from '../support/verify-exchange.ts'

type Wire = Record<string, unknown>

const STATUS = {
  status: 'Failure',
  code: 403,
  reason: 'Forbidden',
  message: 'no',
  details: { causes: [{ reason: 'host-network', message: 'no', field: 'spec.hostNetwork' }] },
}

function verify(response: Wire, root: Wire = {}): string[] {
  const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response, ...root }
  return verifyAnswer(JSON.stringify(answer), UID)
}

const allow = (rest: Wire = {}): string[] => verify({ uid: UID, allowed: true, ...rest })
const deny = (status: unknown): string[] => verify({ uid: UID, allowed: false, status })

describe('an answer that the API server takes as it is', () => {
  test.each([
    ['an allowance', allow()],
    ['a denial', deny(STATUS)],
    ['a denial without details', deny({ ...STATUS, details: undefined })],
    ['lines in the message', deny({ ...STATUS, message: 'two faults\na\nb' })],
    ['warnings', allow({ warnings: ['a', '"b" \\ ü 😀', '😀'.repeat(256)] })],
    ['warnings of 4,096', allow({ warnings: unlike(16, 256) })],
    ['annotations', allow({ auditAnnotations: { 'a-b_c.D': 'x', ['k'.repeat(63)]: '' } })],
  ])('%s', (_name, faults) => {
    expect(faults).toEqual([])
  })
})

describe('an answer that the API server refuses, mends or cuts', () => {
  test.each([
    ['no JSON', verifyAnswer('{', UID), 'the answer is no JSON object'],
    ['a list', verifyAnswer('[]', UID), 'the answer is no JSON object'],
    ['no response', verify({}, { response: undefined }), 'webhook response was absent'],
    ['a null response', verify({}, { response: null }), 'webhook response was absent'],
    ['v1beta1', allowWith({ apiVersion: 'admission.k8s.io/v1beta1' }), 'wrong apiVersion'],
    ['another kind', allowWith({ kind: 'AdmissionResponse' }), 'wrong kind'],
    ['the request', allowWith({ request: { uid: UID } }), 'unexpected request'],
    ['no uid', verify({ allowed: true }), 'the uid is not the request’s'],
    ['another uid', allow({ uid: `${UID} ` }), 'the uid is not the request’s'],
    ['no verdict', verify({ uid: UID }), 'allowed is not a boolean'],
    ['a text for a verdict', allow({ allowed: 'true' }), 'allowed is not a boolean'],
    ['a patch', allow({ patch: '' }), 'a validating webhook patches'],
    ['a type of patch', allow({ patchType: 'JSONPatch' }), 'a validating webhook patches'],
    ['16 KiB', deny({ ...STATUS, message: 'x'.repeat(16_384) }), 'the answer is 16 KiB or more'],
  ])('%s', (_name, faults, fault) => {
    expect(faults).toContain(fault)
  })

  test.each([
    ['an allowance with one', allow({ status: STATUS }), 'an allowance has a status'],
    ['a denial without', deny(undefined), 'a denial has no status'],
    ['code 200', deny({ ...STATUS, code: 200 }), 'status.code is under 400'],
    ['no code', deny({ ...STATUS, code: undefined }), 'status.code is under 400'],
    ['Success', deny({ ...STATUS, status: 'Success' }), 'status.status is not Failure'],
    ['no message', deny({ ...STATUS, message: '' }), 'denied without explanation'],
    ['an escape', deny({ ...STATUS, message: '\u001b[31m' }), 'status.message is not clean'],
    ['a reason of 500', deny({ ...STATUS, code: 500 }), 'status.reason does not go with the code'],
    ['unknown details', deny({ ...STATUS, details: {} }), 'status.details has no causes'],
    ['a text for a cause', denyFor('no'), 'a cause is no object'],
    ['a cause without text', denyFor({ reason: 'x' }), 'a cause lacks text'],
    ['an empty field', denyFor({ reason: 'x', message: 'x', field: '' }), 'a cause lacks text'],
    [
      'a cause with a line break',
      denyFor({ reason: 'x', message: 'a\nb' }),
      'a cause is not clean',
    ],
    ['a cause of its own', denyFor({ reason: 'x', message: 'x', y: 1 }), 'unexpected y'],
  ])('status: %s', (_name, faults, fault) => {
    expect(faults).toContain(fault)
  })

  test.each([
    ['a text for a list', 'a', 'warnings is not a list of texts'],
    ['a number', [1], 'warnings is not a list of texts'],
    ['an empty one', [''], 'a warning is dropped'],
    ['a line break', ['a\nb'], 'a warning is dropped'],
    ['DEL', ['a\u007f'], 'a warning is dropped'],
    ['a C1 control character', ['a\u0085'], 'a warning is dropped'],
    ['half a surrogate pair', ['a\ud83d'], 'a warning is dropped'],
    ['the same twice', ['a', 'b', 'a'], 'a warning is dropped'],
    ['one of 257', ['😀'.repeat(257)], 'a warning is longer than 256'],
    ['one of 5,000', ['a'.repeat(5_000)], 'a warning is cut'],
    ['a sum of 4,097 with a long one', [...unlike(15, 256), 'a'.repeat(257)], 'a warning is cut'],
    ['a sum of 4,352', [...unlike(18, 256)], 'a warning is dropped'],
  ])('warnings: %s', (_name, warnings, fault) => {
    expect(allow({ warnings })).toContain(fault)
  })

  test.each([
    ['a slash', { 'a/b': 'x' }, 'audit key a/b is not qualified'],
    ['nothing', { '': 'x' }, 'audit key  is not qualified'],
    ['a space', { 'a b': 'x' }, 'audit key a b is not qualified'],
    ['a dash at its end', { 'a-': 'x' }, 'audit key a- is not qualified'],
    ['another script', { ä: 'x' }, 'audit key ä is not qualified'],
    ['64 characters', { ['a'.repeat(64)]: 'x' }, `audit key ${'a'.repeat(64)} is not qualified`],
  ])('an audit key of %s', (_name, auditAnnotations, fault) => {
    expect(allow({ auditAnnotations })).toContain(fault)
  })

  test('audit values that are no clean text', () => {
    for (const value of [1, null, 'a\nb', '\ud800']) {
      expect(allow({ auditAnnotations: { a: value } })).toContain('audit value of a is not clean')
    }
    expect(allow({ auditAnnotations: [] })).toContain('auditAnnotations is no object')
  })
})

test('warnings past 4,096 characters are cut to 256 each, until the sum is reached again', () => {
  const delivered = deliverWarnings([...unlike(3, 1_500), ...unlike(30, 100)])
  expect(delivered.slice(0, 3).map((each) => each.length)).toEqual([256, 256, 256])
  expect(delivered.length).toBeLessThan(3 + 30 + 1)
  expect(deliverWarnings([...unlike(3, 1_500), ...unlike(40, 100)]).length).toBe(3 + 34)
})

describe('an HTTP error', () => {
  const headers = { 'content-type': 'application/json' }
  const body = '{"error":"not found"}'
  const sent = JSON.stringify({ data: { password: 'c2VjcmV0LXZhbHVl' } })
  const verifyError = (code: number, rest: { headers?: Wire; body?: string } = {}): string[] =>
    verifyExchange(sent, {
      code,
      headers: { ...headers, ...(rest.headers as Record<string, string> | undefined) },
      body: rest.body ?? body,
    })
  const shed = { 'retry-after': '1', connection: 'close' }

  test('of ours is fine', () => {
    expect(verifyError(404)).toEqual([])
    expect(verifyError(503, { headers: shed })).toEqual([])
  })

  test.each([
    ['a redirect', verifyError(308, { headers: { location: '/x' } }), 'redirects'],
    ['a success that is no answer', verifyError(204), 'has the code 204'],
    [
      'a verdict',
      verifyError(400, { body: '{"allowed":true}' }),
      'is an error that speaks of allowing',
    ],
    ['a stack', verifyError(500, { body: 'Error\n  at f (/a/b.js:1:2)' }), 'shows its innards'],
    ['a source', verifyError(500, { body: 'in judge.ts:12' }), 'shows its innards'],
    ['a path', verifyError(500, { body: 'no /home/x/bundle.tgz' }), 'shows its innards'],
    [
      'the body',
      verifyError(400, { body: 'no c2VjcmV0LXZhbHVl' }),
      'repeats c2VjcmV0LXZhbHVl of what was sent',
    ],
    [
      '503 without Retry-After',
      verifyError(503, { headers: { connection: 'close' } }),
      'has no Retry-After',
    ],
    [
      'a date to retry after',
      verifyError(503, { headers: { ...shed, 'retry-after': 'Wed, 21 Oct' } }),
      'has no Retry-After',
    ],
    [
      '503 kept alive',
      verifyError(503, { headers: { ...shed, connection: 'keep-alive' } }),
      'keeps an overloaded connection',
    ],
    ['a real error to be repeated', verifyError(400, { headers: shed }), 'asks for a repetition'],
  ])('is not: %s', (_name, faults, fault) => {
    expect(faults).toContain(fault)
  })

  test('no 200 allows what is no review, or comes as text', () => {
    const response = { uid: UID, allowed: true }
    const allowed = JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response,
    })
    expect(verifyExchange('{', { code: 200, headers, body: allowed })).toEqual([
      'allows what is no review',
    ])
    const text = { 'content-type': 'text/plain' }
    const request = JSON.stringify({ request: { uid: UID } })
    expect(verifyExchange(request, { code: 200, headers: text, body: allowed })).toEqual([
      'has the content type text/plain',
    ])
    expect(verifyExchange(request, { code: 200, headers, body: allowed })).toEqual([])
  })

  test('is found among several on one connection', () => {
    const bytes = Buffer.from(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 400 Bad Request\r\n\r\n',
    )
    expect(parseAnswers(bytes).map(({ code, body: text }) => [code, text])).toEqual([
      [404, '{}'],
      [400, ''],
    ])
  })
})

function allowWith(root: Wire): string[] {
  return verify({ uid: UID, allowed: true }, root)
}

function denyFor(cause: unknown): string[] {
  return deny({ ...STATUS, details: { causes: [cause] } })
}

/** So many warnings of that length, no two the same. */
function unlike(count: number, length: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i).padStart(length, 'x'))
}
