import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  MAX_COLLECTIONS,
  MAX_DEPTH,
  parseReview,
  type ParsedReview,
} from '../../src/admission/parse-review.ts'
import { podObject, reviewBytes, reviewObject, UID } from '../support/review.ts'

function parseText(text: string): ParsedReview {
  return parseReview(Buffer.from(text))
}

function messageOf(parsed: ParsedReview): string {
  return parsed.kind === 'review' ? '' : parsed.message
}

describe('parseReview', () => {
  test('reads the creation of a pod and keeps the bytes as they came', () => {
    const bytes = reviewBytes()
    const parsed = parseReview(bytes)
    expect(parsed).toMatchObject({
      kind: 'review',
      apiVersion: 'admission.k8s.io/v1',
      review: {
        request: {
          uid: UID,
          kind: { group: '', version: 'v1', kind: 'Pod' },
          resource: { group: '', version: 'v1', resource: 'pods' },
          subResource: '',
          name: 'app',
          namespace: 'default',
          operation: 'CREATE',
          userInfo: { username: 'jane', groups: ['system:authenticated'] },
          object: {},
          oldObject: null,
          dryRun: false,
        },
      },
    })
    expect(parsed.kind === 'review' && parsed.review.bytes).toBe(bytes)
  })

  test('takes what Go leaves out for what Go means by it', () => {
    const parsed = parseReview(
      reviewBytes({
        name: undefined,
        namespace: undefined,
        dryRun: null,
        oldObject: undefined,
        userInfo: {},
      }),
    )
    expect(parsed).toMatchObject({
      kind: 'review',
      review: {
        request: {
          name: '',
          namespace: '',
          subResource: '',
          dryRun: false,
          oldObject: null,
          userInfo: { username: '', groups: [] },
        },
      },
    })
  })

  test('reads a view into a larger buffer, and not what lies around it', () => {
    const bytes = reviewBytes()
    const buffer = Buffer.alloc(bytes.length + 20, '{')
    buffer.set(bytes, 10)
    expect(parseReview(buffer.subarray(10, 10 + bytes.length)).kind).toBe('review')
  })

  test('counts keys that are names of the prototype like any other', () => {
    const labels = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}') as object
    expect(parseReview(reviewBytes({ object: podObject({}, { labels }) })).kind).toBe('review')
    const text = JSON.stringify(reviewObject()).replace('"uid"', '"__proto__":{"uid":"x"},"id"')
    expect(parseText(text)).toMatchObject({ kind: 'malformed' })
  })
})

describe('bytes that are no AdmissionReview are malformed', () => {
  const text = JSON.stringify(reviewObject())
  test.each([
    ['empty', ''],
    ['white space', ' \n'],
    ['truncated', text.slice(0, -1)],
    ['followed by something', `${text}x`],
    ['two documents', `${text}\n${text}`],
    ['with a byte order mark', `\ufeff${text}`],
    ['YAML', 'kind: AdmissionReview'],
    ['a comment', `/* */${text}`],
    ['a raw control character in a string', text.replace('jane', 'ja\u0001ne')],
    ['UTF-16', Buffer.from(text, 'utf16le').toString('latin1')],
  ])('H4: %s', (_name, body) => {
    expect(parseText(body).kind).toBe('malformed')
  })

  test('A16: bytes that are not UTF-8', () => {
    const bytes = Buffer.from(text)
    bytes[text.indexOf('jane')] = 0xff
    expect(messageOf(parseReview(bytes))).toBe('the body is not UTF-8')
    const surrogate = Buffer.from(text.replace('jane', 'xxxx'))
    surrogate.set([0xed, 0xa0, 0x80], text.indexOf('jane'))
    expect(parseReview(surrogate).kind).toBe('malformed')
  })

  test.each([
    ['request missing', { request: undefined }],
    ['request null', { request: null }],
    ['request a list', { request: [] }],
    ['request a string', { request: 'x' }],
    ['another kind', { kind: 'Foo' }],
    ['no kind', { kind: undefined }],
    ['another version', { apiVersion: 'admission.k8s.io/v2' }],
    ['another group', { apiVersion: 'v1' }],
  ])('A1: %s', (_name, root) => {
    expect(parseReview(reviewBytes({}, root)).kind).toBe('malformed')
  })

  test.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['a number', 7],
    ['1 MB', 'u'.repeat(1 << 20)],
  ])('A2: uid %s', (_name, uid) => {
    expect(parseReview(reviewBytes({ uid })).kind).toBe('malformed')
  })

  test('A3: v1beta1, with the cure in the message', () => {
    const parsed = parseReview(reviewBytes({}, { apiVersion: 'admission.k8s.io/v1beta1' }))
    expect(parsed.kind).toBe('malformed')
    expect(messageOf(parsed)).toContain('admissionReviewVersions')
  })
})

describe('a review whose uid is known, and that cannot be judged, is refused', () => {
  test.each([
    ['A5: operation PATCH', { operation: 'PATCH' }],
    ['A5: operation in lower case', { operation: 'create' }],
    ['A5: operation missing', { operation: undefined }],
    ['A5: operation a name of the prototype', { operation: 'constructor' }],
    [
      'A12: a list of objects',
      { object: { apiVersion: 'v1', kind: 'List', items: [podObject()] } },
    ],
    [
      'A12: a list whose kind request.kind names',
      {
        kind: { group: '', version: 'v1', kind: 'PodList' },
        object: { apiVersion: 'v1', kind: 'PodList', items: [podObject()] },
      },
    ],
    ['an object of another kind', { object: { ...podObject(), kind: 'Deployment' } }],
    ['an object of another version', { object: { ...podObject(), apiVersion: 'v2' } }],
    ['an object without a kind', { object: { spec: {} } }],
    ['an object that is a list', { object: [podObject()] }],
    ['an object that is a text', { object: 'Pod' }],
    ['an oldObject of another kind', { oldObject: { apiVersion: 'v1', kind: 'Node' } }],
    ['kind missing', { kind: undefined }],
    ['kind without a version', { kind: { group: '', kind: 'Pod' } }],
    ['kind a text', { kind: 'Pod' }],
    ['resource missing', { resource: undefined }],
    ['resource without a name', { resource: { group: '', version: 'v1', resource: '' } }],
    ['a name that is a number', { name: 1 }],
    ['a namespace that is a list', { namespace: ['default'] }],
    ['a namespace without end', { namespace: 'n'.repeat(2_000) }],
    ['a subResource that is an object', { subResource: {} }],
    ['userInfo missing', { userInfo: undefined }],
    ['groups of numbers', { userInfo: { username: 'jane', groups: [1] } }],
    ['dryRun a text', { dryRun: 'true' }],
    ['A16: half a surrogate pair', { name: '\ud800' }],
    ['A16: the second half of a pair', { name: 'x\udc00' }],
    ['A16: NUL', { object: podObject({}, { labels: { owner: 'a\0b' } }) }],
  ])('%s', (_name, request) => {
    expect(parseReview(reviewBytes(request))).toMatchObject({ kind: 'refused', uid: UID })
  })

  test.each([
    ['in the object', '"labels":{"owner":"a","owner":"b"}'],
    ['with an escape', '"labels":{"owner":"a","\\u006fwner":"b"}'],
    ['of the prototype', '"labels":{"__proto__":"a","__proto__":"b"}'],
    ['beside a text full of colons', '"labels":{"a":"::\\":","a":"\\\\"}'],
  ])('a key given twice %s', (_name, labels) => {
    const text = JSON.stringify(reviewObject({ object: podObject({}, { labels: 1 }) }))
    const parsed = parseText(text.replace('"labels":1', labels))
    expect(parsed).toMatchObject({ kind: 'refused', uid: UID })
    expect(messageOf(parsed)).toContain('same key twice')
  })

  test('A15: nesting without end, in less than a second', () => {
    const object = JSON.stringify(podObject({ x: 1 }))
    for (const depth of [MAX_DEPTH, 5_000, 9_990, 20_000, 100_000, 1_000_000]) {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const deep = open.repeat(depth) + '1' + close.repeat(depth)
        const text = JSON.stringify(reviewObject({ object: 1 })).replace(
          '"object":1',
          `"object":${object.replace('"x":1', `"x":${deep}`)}`,
        )
        const start = performance.now()
        expect(parseText(text).kind).toBe(depth < 10_000 ? 'refused' : 'malformed')
        expect(performance.now() - start).toBeLessThan(1_000)
      }
    }
  })

  test.each([
    '{}',
    '[]',
    '{"a":[{}]}',
    // Not parsed, and so not known to be no JSON: still a denial.
    '[}',
    '{"uid":"forged",]',
  ])('O17: %s without end', (unit) => {
    const filler = `[${Array(MAX_COLLECTIONS).fill(unit).join(',')}]`
    const forged = '"metadata":{"uid":"forged","request":{"uid":"forged"}}'
    const text = JSON.stringify(reviewObject({ object: 1 })).replace(
      '"object":1',
      `"object":{"request":{"uid":"forged","x":"\\"}"},${forged},"x":${filler}}`,
    )
    expect(parseText(text)).toEqual({
      kind: 'refused',
      uid: UID,
      message: 'the review is not readable: more than 750000 lists and objects',
    })
  })

  test('O17: lists and objects without end outside of a request are malformed', () => {
    const filler = `[${Array(MAX_COLLECTIONS).fill('{}').join(',')}]`
    expect(parseText(filler).kind).toBe('malformed')
    expect(parseText(`{"kind":"AdmissionReview","request":${filler}}`).kind).toBe('malformed')
    const text = JSON.stringify(reviewObject({ object: 1 })).replace('"object":1', `"x":${filler}`)
    for (const odd of [text.slice(0, -2), `${text}}`, text.replace(']', ''), text + text]) {
      expect(parseText(odd).kind).toBe('malformed')
    }
  })

  test('keeps of the objects what selectors read, and the rest in the bytes alone', () => {
    const labels = { owner: 'a' }
    const parse = (object: unknown): unknown => {
      const parsed = parseReview(reviewBytes({ object }))
      return parsed.kind === 'review' ? parsed.review.request.object : parsed
    }
    expect(parse(podObject({ x: [1, 2, 3] }, { labels }))).toEqual({ metadata: { labels } })
    expect(parse(podObject({}, { labels: [1] }))).toEqual({ metadata: { labels: [1] } })
    expect(parse({ apiVersion: 'v1', kind: 'Pod', metadata: 'none' })).toEqual({})
    expect(parse(null)).toBe(null)
  })

  test('no message holds what the object holds', () => {
    const secret = 'c2VjcmV0'
    const object = { ...podObject(), kind: secret, data: { password: secret } }
    for (const text of [
      JSON.stringify(reviewObject({ object })),
      JSON.stringify(reviewObject({ object: podObject({ secret }) })).replace('}', `,${secret}}`),
      JSON.stringify(reviewObject({ operation: secret, object })),
    ]) {
      const parsed = parseText(text)
      expect(parsed.kind).not.toBe('review')
      expect(messageOf(parsed)).not.toContain(secret)
    }
  })
})

describe('what is odd but right is read', () => {
  test('A17: numbers that JavaScript cannot hold', () => {
    const text = JSON.stringify(reviewObject({ object: podObject({ n: 1 }) }))
    for (const number of ['1e400', '9007199254740993', '-0', '9'.repeat(1 << 20)]) {
      expect(parseText(text.replace('"n":1', `"n":${number}`)).kind).toBe('review')
    }
  })

  test('A16: a line separator and whole surrogate pairs, raw or escaped', () => {
    for (const label of ['\u2028', '😀', 'é']) {
      expect(parseReview(reviewBytes({ object: podObject({}, { label }) })).kind).toBe('review')
    }
    const text = JSON.stringify(reviewObject({ object: podObject({ n: 1 }) }))
    for (const escaped of ['"\\ud83d\\ude00"', '"\\uD83D\\uDE00\\\\u0000"', '"\\\\ud800"']) {
      expect(parseText(text.replace('"n":1', `"n":${escaped}`)).kind).toBe('review')
    }
  })

  test('O17: as many lists and objects as the API server may write into 7 MB', () => {
    const fields = Array.from({ length: 122_000 }, (_, i): [string, unknown] => [
      `k:{"name":"V${i}"}`,
      { '.': {}, 'f:name': {}, 'f:value': {} },
    ])
    const managedFields = [{ manager: 'm', fieldsV1: Object.fromEntries(fields) }]
    const bytes = reviewBytes({ object: podObject({}, { managedFields }) })
    expect(bytes.length).toBeGreaterThan(6.9 * 1024 * 1024)
    expect(parseReview(bytes).kind).toBe('review')
  })

  test('any JSON value inside the object', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(reviewObject({ object: podObject({ value }) }))
        const isOdd = /\\u0000|\\ud[89a-f]/.test(text)
        const { kind } = parseText(text)
        return isOdd || kind === 'review'
      }),
      { numRuns: 500 },
    )
  })

  test('no bytes make it throw, and none but a review is one', () => {
    const good = Buffer.from(reviewBytes())
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        (at, replacement) => {
          const bytes = Buffer.from(good)
          bytes.set(replacement.subarray(0, bytes.length - at), at)
          const parsed = parseReview(bytes)
          if (parsed.kind === 'review') JSON.parse(bytes.toString())
          return true
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
