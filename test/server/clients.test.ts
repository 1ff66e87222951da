// Clients that go away, that are slow, or that speak something else; each as many as there may be.
import { readdirSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { DEFAULT_LIMITS } from '../../src/server/limits.ts'
import { podObject, reviewBytes } from '../support/review.ts'
import { readMetric } from '../support/read-metric.ts'
import { readAll, startWebhook, type Webhook } from '../support/webhook.ts'

// Thousands of handshakes take a busy machine minutes.
vi.setConfig({ testTimeout: 600_000 })

let webhook: Webhook
afterEach(() => webhook.stop())

const BODY = Buffer.from(reviewBytes())
const DENIED = reviewBytes({ object: podObject({ hostNetwork: true }) })

function head(...fields: string[]): string {
  const first = ['POST /validate HTTP/1.1', 'Host: x', 'Content-Type: application/json']
  return [...first, ...fields, '', ''].join('\r\n')
}
const HEAD = head(`Content-Length: ${BODY.length}`)

async function isDenied(body: Uint8Array = DENIED): Promise<boolean> {
  const answer = await webhook.post(body)
  expect(answer.code).toBe(200)
  return !(JSON.parse(answer.body) as AdmissionAnswer).response.allowed
}

function collectGarbage(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

const openFiles = (): number => readdirSync('/proc/self/fd').length
const connections = (): Promise<number> => readMetric(webhook, 'portcullis_webhook_connections')

describe('clients that go away', () => {
  /** What a client has sent when it does. */
  const PARTS: readonly (readonly [when: 'flushed' | 'at once', bytes: string | Buffer])[] = [
    ['flushed', 'POST /val'],
    ['flushed', HEAD],
    ['flushed', Buffer.concat([Buffer.from(HEAD), BODY.subarray(0, 100)])],
    ['flushed', Buffer.concat([Buffer.from(HEAD), BODY])],
    ['at once', Buffer.concat([Buffer.from(HEAD), BODY])],
    ['flushed', Buffer.concat([Buffer.from(HEAD + BODY.toString() + HEAD), BODY.subarray(9)])],
  ]

  test('H13: 10,000 of them in the middle of all that can be in the middle leave nothing behind', async () => {
    // So little that what each leaves behind would soon be all there is.
    const maxBufferedBytes = 1024 * 1024
    webhook = await startWebhook({ config: { limits: { maxBufferedBytes } } })
    const { certificates, server } = webhook
    const rejections: unknown[] = []
    const onRejection = (reason: unknown): void => void rejections.push(reason)
    process.on('unhandledRejection', onRejection)
    expect(await isDenied()).toBe(true)
    const before = { files: openFiles(), connections: await connections() }

    // Sessions are resumed, as handshakes are nine tenths of the time.
    let session: Buffer | undefined
    const leave = (number: number): Promise<void> =>
      new Promise((resolve) => {
        const [when, bytes] = PARTS[number % PARTS.length] ?? ['flushed', '']
        const socket = connect({
          host: '127.0.0.1',
          port: server.addresses.webhook.port,
          ca: certificates.caCertificate,
          maxVersion: 'TLSv1.2',
          ...(session === undefined ? {} : { session }),
        })
        socket.on('session', (fresh) => (session ??= fresh))
        socket.on('secureConnect', () => {
          socket.write(bytes, when === 'flushed' ? () => socket.destroy() : undefined)
          if (when === 'at once') socket.destroy()
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    let left = 0
    const client = async (): Promise<void> => {
      while (left < 10_000) await leave(left++)
    }
    await Promise.all(Array.from({ length: 40 }, client))

    await expect.poll(connections, { timeout: 30_000 }).toBe(before.connections)
    expect(openFiles()).toBeLessThanOrEqual(before.files + 4)
    expect(await readMetric(webhook, 'portcullis_reviews_queued')).toBe(0)
    const labels = { padding: 'x'.repeat(maxBufferedBytes - 2 * BODY.length) }
    expect(
      await isDenied(reviewBytes({ object: podObject({ hostNetwork: true }, { labels }) })),
    ).toBe(true)
    expect(webhook.log.filter((line) => line.level === 'error')).toEqual([])
    expect(rejections).toEqual([])
    process.off('unhandledRejection', onRejection)
  })
})

describe('slow clients', () => {
  test('H9: 1,000 that send a byte now and then are given up after 15 s; others are served', async () => {
    expect(DEFAULT_LIMITS.headersTimeoutMs).toBeLessThanOrEqual(15_000)
    expect(DEFAULT_LIMITS.requestTimeoutMs).toBeLessThanOrEqual(15_000)
    webhook = await startWebhook()
    const slow: TLSSocket[] = []
    const dial = async (): Promise<void> => {
      while (slow.length < 1_000) slow.push(await webhook.dial())
    }
    await Promise.all(Array.from({ length: 20 }, dial))

    const startMs = performance.now()
    const answers = slow.map(readAll)
    const texts = slow.map((_, i) => (i % 2 === 0 ? HEAD : HEAD + BODY.toString()))
    // Half of them never end their headers, half never their body.
    let sent = 1
    for (const [i, socket] of slow.entries()) socket.write(i % 2 === 0 ? 'P' : HEAD)
    const trickle = setInterval(() => {
      for (const [i, socket] of slow.entries()) {
        const at = i % 2 === 0 ? sent : HEAD.length + sent
        if (socket.writable) socket.write(texts[i]?.charAt(at) ?? '')
      }
      sent++
    }, 500)
    let served = 0
    let isOver = false
    const good = async (): Promise<void> => {
      while (!isOver) {
        expect(await isDenied()).toBe(true)
        served++
      }
    }
    const goodOnes = good()
    const codes = (await Promise.all(answers)).map((answer) => answer.slice(0, 13))
    const tookMs = performance.now() - startMs
    isOver = true
    clearInterval(trickle)
    await goodOnes

    expect(new Set(codes)).toEqual(new Set(['HTTP/1.1 408 ']))
    expect(served).toBeGreaterThan(20)
    // Well apart from the 500 s and more that it would take them to end; how exactly it is kept is Node's business.
    expect(tookMs).toBeLessThan(60_000)
    await expect.poll(connections, { timeout: 30_000 }).toBeLessThanOrEqual(1)
  })

  test('a body that comes byte by byte costs what its bytes cost', async () => {
    webhook = await startWebhook({
      config: { limits: { requestTimeoutMs: 120_000, deadlineMs: 120_000 } },
    })
    const before = collectGarbage()
    const socket = await webhook.dial()
    const answer = readAll(socket)
    const count = 600_000
    const spaces = '1\r\n \r\n'.repeat(10_000)
    socket.write(head('Transfer-Encoding: chunked', 'Connection: close'))
    for (let i = 0; i < count / 10_000; i++) {
      await new Promise((resolve) => socket.write(spaces, resolve))
    }
    // Each takes turns with it: by their end all of it is read.
    for (let i = 0; i < 50; i++) expect(await isDenied()).toBe(true)
    expect(collectGarbage() - before).toBeLessThan(count * 50)
    socket.write(`${BODY.length.toString(16)}\r\n${BODY.toString()}\r\n0\r\n\r\n`)
    expect(await answer).toContain('"allowed":true')
  })
})

describe('half-open handshakes', () => {
  test('T12: 500 that say nothing or stop in the middle are ended; others shake hands meanwhile', async () => {
    expect(DEFAULT_LIMITS.handshakeTimeoutMs).toBeLessThanOrEqual(10_000)
    webhook = await startWebhook()
    const { port } = webhook.server.addresses.webhook
    // The first bytes of a ClientHello.
    const begin = Buffer.from('16030100c8010000c40303', 'hex')
    const halfOpen = await Promise.all(
      Array.from({ length: 500 }, (_, i) => dialPlain(port, i % 2 === 0 ? begin : '')),
    )
    await expect.poll(connections, { timeout: 30_000 }).toBe(500)
    let ended = 0
    const ends = halfOpen.map((socket) => onceClosed(socket).then(() => ended++))
    let served = 0
    while (ended < halfOpen.length) {
      const socket = await webhook.dial()
      const answer = readAll(socket)
      socket.write(head('Connection: close', `Content-Length: ${DENIED.length}`))
      socket.write(DENIED)
      expect(await answer).toContain('"allowed":false')
      served++
    }
    await Promise.all(ends)
    expect(served).toBeGreaterThan(5)
    const failed = 'portcullis_tls_handshake_failures_total{reason="handshake"}'
    expect(await readMetric(webhook, failed)).toBe(500)
    await expect.poll(connections, { timeout: 30_000 }).toBeLessThanOrEqual(1)
  })
})

function dialPlain(port: number, text: string | Uint8Array): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectPlain(port, '127.0.0.1', () => {
      socket.write(text)
      resolve(socket)
    })
    socket.on('error', reject)
    socket.resume()
  })
}

function onceClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

describe('clients of another protocol', () => {
  test('H16: an HTTP/2 preface is answered with an error or nothing, and closed', async () => {
    webhook = await startWebhook()
    for (const rest of ['', '\0\0\0\u0004\0\0\0\0\0', '\0\0\0\u0004\0\0\0\0\0'.repeat(5_000)]) {
      const socket = await webhook.dial()
      const answer = readAll(socket)
      socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${rest}`)
      expect(await answer).toMatch(/^(?:HTTP\/1\.1 400 [^]*)?$/)
    }
    expect(await isDenied()).toBe(true)
  })
})
