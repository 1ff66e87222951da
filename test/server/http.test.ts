import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reviewBytes, reviewObject, UID } from '../support/review.ts'
import { verifyAnswer } from '../support/verify-answer.ts'
import type { Answer } from '../support/verify-exchange.ts'
import { readAll, startWebhook, type Webhook } from '../support/webhook.ts'

const MIB = 1024 * 1024
let webhook: Webhook

beforeAll(async () => {
  webhook = await startWebhook()
})
afterAll(() => webhook.stop())

/** After every bad request the next good one is answered right. */
async function expectAlive(): Promise<void> {
  const answer = await webhook.post(reviewBytes())
  expect(answer.code).toBe(200)
  expect(verifyAnswer(answer.body, UID)).toEqual([])
}

function expectNoAllow(answer: Answer): void {
  expect(answer.body).not.toContain('"allowed":true')
  expect(answer.body).not.toMatch(/\.(?:ts|js):\d+/)
}

const head = (fields: readonly string[]): string =>
  ['POST /validate HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...fields, '', ''].join(
    '\r\n',
  )

describe('the webhook listener', () => {
  test.each(['GET', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH'])(
    'H1: %s on the review path is answered with 405 and Allow',
    async (method) => {
      const answer = await webhook.post('', { method })
      expect(answer.code).toBe(405)
      expect(answer.headers['allow']).toBe('POST')
      expectNoAllow(answer)
      await expectAlive()
    },
  )

  test('H1: a PUT is answered before its body comes', async () => {
    const socket = await webhook.dial()
    socket.write(head(['Content-Length: 1000']).replace('POST', 'PUT'))
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 405 /)
  })

  test.each([
    '/',
    '/validate/',
    '/validate/x',
    '/Validate',
    '/mutate',
    '//validate',
    '/metrics',
    '/readyz',
  ])('H2: %s is not found', async (path) => {
    const answer = await webhook.post(reviewBytes(), { path })
    expect(answer.code).toBe(404)
    expectNoAllow(answer)
  })

  test.each([{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/jsonx' }])(
    'H3: %j is an unsupported content type',
    async (headers) => {
      const answer = await webhook.post(reviewBytes(), { headers })
      expect(answer.code).toBe(415)
      expectNoAllow(answer)
    },
  )

  test('H3: a charset beside the content type is fine, compression is not', async () => {
    const contentType = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect((await webhook.post(reviewBytes(), { headers: contentType })).code).toBe(200)
    const headers = { ...contentType, 'content-encoding': 'gzip' }
    expect((await webhook.post(reviewBytes(), { headers })).code).toBe(415)
  })

  const text = JSON.stringify(reviewObject())
  test.each([
    ['an empty body', ''],
    ['truncated JSON', text.slice(0, -2)],
    ['trailing garbage', `${text}}`],
    ['a byte order mark', `\ufeff${text}`],
    ['two documents', text + text],
  ])('H4: %s is a bad request', async (_name, body) => {
    const answer = await webhook.post(body)
    expect(answer.code).toBe(400)
    expectNoAllow(answer)
    await expectAlive()
  })

  test('H5: a length of 8 MiB is refused before the body is read', async () => {
    const socket = await webhook.dial()
    socket.write(head([`Content-Length: ${8 * MIB}`]))
    const answer = await readAll(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/connection: close/i)
    await expectAlive()
  })

  test('H5: a client that sends 8 MiB all the same reads the refusal', async () => {
    const answer = await webhook.post(Buffer.alloc(8 * MIB, ' '))
    expect(answer.code).toBe(413)
    await expectAlive()
  })

  test('a chunked body past the limit is cut off, however it is declared', async () => {
    const socket = await webhook.dial()
    socket.write(head(['Transfer-Encoding: chunked']))
    const answer = readAll(socket)
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    const timer = setInterval(() => {
      for (let i = 0; i < 8; i++) socket.write(chunk)
    }, 1)
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /)
    clearInterval(timer)
    await expectAlive()
  })

  test('H6: an update of two objects of 3 MiB is decided', async () => {
    const annotations = { fill: 'x'.repeat(3 * MIB) }
    const pod = {
      ...(reviewObject()['request'] as { object: object }).object,
      metadata: { annotations },
    }
    const body = reviewBytes({ operation: 'UPDATE', object: pod, oldObject: pod })
    expect(body.length).toBeGreaterThan(6 * MIB)
    const answer = await webhook.post(body)
    expect(answer.code).toBe(200)
    expect(verifyAnswer(answer.body, UID)).toEqual([])
  })

  test('H10: a request of two lengths, and headers of 20 KiB, are refused', async () => {
    const both = await webhook.dial()
    both.write(`${head(['Content-Length: 4', 'Transfer-Encoding: chunked'])}0\r\n\r\n`)
    expect(await readAll(both)).toMatch(/^HTTP\/1\.1 400 /)
    const twice = await webhook.dial()
    twice.write(`${head(['Content-Length: 4', 'Content-Length: 5'])}abcd`)
    expect(await readAll(twice)).toMatch(/^HTTP\/1\.1 400 /)
    const long = await webhook.dial()
    long.write(head([`X-Fill: ${'x'.repeat(20 * 1024)}`]))
    expect(await readAll(long)).toMatch(/^HTTP\/1\.1 431 /)
    await expectAlive()
  })

  test('H12: two pipelined reviews get two answers, in order', async () => {
    const socket = await webhook.dial()
    const [first, second] = ['uid-1', 'uid-2'].map((uid) => Buffer.from(reviewBytes({ uid })))
    if (first === undefined || second === undefined) throw new Error('bug')
    socket.write(head([`Content-Length: ${first.length}`]) + first.toString())
    socket.write(
      head([`Content-Length: ${second.length}`, 'Connection: close']) + second.toString(),
    )
    const uids = (await readAll(socket)).match(/"uid":"uid-\d"/g)
    expect(uids).toEqual(['"uid":"uid-1"', '"uid":"uid-2"'])
  })

  test('H13: a client that goes away in the middle of its body leaves nothing behind', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = await webhook.dial()
      socket.write(`${head(['Content-Length: 1000'])}{"kind"`)
      socket.destroy()
    }
    await expectAlive()
  })

  test('H16: Expect: 100-continue works', async () => {
    const headers = { 'content-type': 'application/json', expect: '100-continue' }
    expect((await webhook.post(reviewBytes(), { headers })).code).toBe(200)
  })
})

describe('slow clients', () => {
  test('H9: headers and bodies that do not come are given up', async () => {
    const slow = await startWebhook({
      config: { limits: { headersTimeoutMs: 1_000, requestTimeoutMs: 1_500 } },
    })
    const headers = await slow.dial()
    headers.write('POST /validate HTTP/1.1\r\nHost: x\r\n')
    const body = await slow.dial()
    body.write(`${head(['Content-Length: 1000'])}{`)
    const [first, second] = await Promise.all([readAll(headers), readAll(body)])
    expect(first).toMatch(/^HTTP\/1\.1 408 /)
    expect(second).not.toContain('200 OK')
    await slow.stop()
  })
})
