// Certificates that change while the server runs: what is taken over, what is refused, and that nobody notices.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type DevCertificates,
  issueDevCertificates,
} from '../../src/certs/issue-dev-certificates.ts'
import { nodeFiles } from '../../src/host/files.ts'
import type { ServerConfig } from '../../src/server/start-server.ts'
import { watchTlsFiles } from '../../src/server/watch-tls-files.ts'
import { clientCa } from '../support/client-certificates.ts'
import { readMetric } from '../support/read-metric.ts'
import { reviewBytes } from '../support/review.ts'
import { skewedClock } from '../support/skewed-clock.ts'
import { send, startWebhook, type Webhook } from '../support/webhook.ts'

const HOSTS = ['localhost', '127.0.0.1']
const DAY_MS = 24 * 3_600_000
const SOON = { timeout: 60_000, interval: 200 }
const LOADED = 'portcullis_certificate_reloads_total{outcome="loaded"}'
const REFUSED = 'portcullis_certificate_reloads_total{outcome="refused"}'
const IS_CURRENT = 'portcullis_certificate_last_reload_successful'

let folder: string
let webhook: Webhook
let first: DevCertificates

function issue(hosts = HOSTS, now = new Date()): Promise<DevCertificates> {
  return issueDevCertificates({ now, hosts })
}

async function put({ certificate, key }: { certificate: string; key: string }): Promise<void> {
  await writeFile(join(folder, 'tls.key'), key)
  await writeFile(join(folder, 'tls.crt'), certificate)
}

async function start(config: Partial<ServerConfig> = {}, clock = skewedClock()): Promise<void> {
  const { certificate, key, caCertificate } = first
  await put(first)
  const clientCa = config.tls?.clientCa
  const paths = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  const watched = clientCa === undefined ? paths : { ...paths, clientCa: join(folder, 'ca.crt') }
  if (clientCa !== undefined) await writeFile(join(folder, 'ca.crt'), clientCa)
  webhook = await startWebhook({
    certificates: { certificate, key, caCertificate },
    config,
    deps: { clock, tlsSource: watchTlsFiles(watched, { files: nodeFiles, clock }) },
  })
}

/** Whether a client that trusts this CA, and no other, comes through. */
async function isServedBy({ caCertificate: ca }: DevCertificates): Promise<boolean> {
  const { port } = webhook.server.addresses.webhook
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function logged(message: string): unknown[] {
  return webhook.log.filter((line) => line.message === message).map(({ fields }) => fields)
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
  first = await issue()
})
afterEach(async () => {
  await webhook.stop()
  await rm(folder, { recursive: true })
})

describe('a new pair', () => {
  test('is served to new connections; those that are open go on', async () => {
    await start()
    const open = await webhook.dial()
    const next = await issue(HOSTS, new Date(Date.now() - DAY_MS))
    await put(next)
    await expect.poll(() => isServedBy(next), SOON).toBe(true)
    expect(await isServedBy(first)).toBe(false)
    expect(await reviewOver(open)).toMatch(/^HTTP\/1\.1 200 /)
    const expiry = 'portcullis_certificate_not_after_timestamp_seconds'
    const days = ((await readMetric(webhook, expiry)) * 1_000 - Date.now()) / DAY_MS
    expect(Math.round(days)).toBe(89)
    expect(await readMetric(webhook, LOADED)).toBe(1)
    expect(logged('certificate reloaded')).toHaveLength(1)
  })

  test('fails no handshake and no review while it changes, again and again', async () => {
    // By one CA, as in a cluster.
    await start()
    const pairs = [await issue(), await issue(), await issue()]
    const trusted = [first, ...pairs].map(({ caCertificate }) => caCertificate)
    const { port } = webhook.server.addresses.webhook
    let isOver = false
    let answered = 0
    const client = async (): Promise<void> => {
      while (!isOver) {
        const options = { host: '127.0.0.1', port, path: '/validate', method: 'POST', ca: trusted }
        const headers = { 'content-type': 'application/json' }
        const { code } = await send(reviewBytes(), { ...options, headers, agent: false })
        expect(code).toBe(200)
        answered++
      }
    }
    const clients = Promise.all([client(), client()])
    for (const pair of pairs) {
      await put(pair)
      await Promise.race([clients, expect.poll(() => isServedBy(pair), SOON).toBe(true)])
    }
    isOver = true
    await clients
    expect(answered).toBeGreaterThan(0)
    expect(await readMetric(webhook, LOADED)).toBe(3)
  })

  test('a chain comes whole, and so does every setting of TLS', async () => {
    await start()
    const next = await issue()
    await put({ ...next, certificate: next.certificate + next.caCertificate })
    await expect.poll(() => isServedBy(next), SOON).toBe(true)
    const { port } = webhook.server.addresses.webhook
    const ca = next.caCertificate
    for (const old of ['TLSv1', 'TLSv1.1'] as const) {
      const ended = await new Promise((resolve) => {
        const versions = { minVersion: old, maxVersion: old, ciphers: 'ALL:@SECLEVEL=0' } as const
        connect({ host: '127.0.0.1', port, ca, ...versions }, () => resolve('served')).on(
          'error',
          () => resolve('refused'),
        )
      })
      expect(ended).toBe('refused')
    }
  })
})

describe('what cannot serve is refused, and the last good pair serves on', () => {
  const wrong: readonly (readonly [string, string, () => Promise<DevCertificates>])[] = [
    [
      'T6: the key of another certificate',
      'the private key is not the key of the certificate',
      async () => ({ ...(await issue()), key: (await issue()).key }),
    ],
    [
      'T7: expired',
      'the certificate expired',
      () => issue(HOSTS, new Date(Date.now() - 91 * DAY_MS)),
    ],
    [
      'T7: not yet valid',
      'the certificate is valid only from',
      () => issue(HOSTS, new Date(Date.now() + DAY_MS)),
    ],
    ['T7: without names', 'has no subjectAltName', () => issue([])],
    ['T7: for another name', 'has none of the names', () => issue(['other.example.com'])],
    [
      'a chain that is cut off',
      'cut off',
      async () => {
        const next = await issue()
        return { ...next, certificate: next.certificate + next.caCertificate.slice(0, -40) }
      },
    ],
    [
      'empty files',
      'the certificate is not PEM',
      async () => ({ ...first, certificate: '', key: '' }),
    ],
  ]
  test.each(wrong)('%s', async (_, reason, make) => {
    await start()
    await put(await make())
    await expect.poll(() => readMetric(webhook, IS_CURRENT), SOON).toBe(0)
    expect(await isServedBy(first)).toBe(true)
    expect((await webhook.ask('/readyz')).code).toBe(200)
    expect(logged('certificate not reloaded')).toEqual([
      { reason: expect.stringContaining(reason) },
    ])
    expect(await readMetric(webhook, REFUSED)).toBe(1)
    // And it is tried again, whatever comes.
    const next = await issue()
    await put(next)
    await expect.poll(() => isServedBy(next), SOON).toBe(true)
    expect(await readMetric(webhook, IS_CURRENT)).toBe(1)
  })

  test('T7: a name that the settings ask for is missing', async () => {
    await start({ serverNames: ['localhost'] })
    await put(await issue(['127.0.0.1']))
    await expect.poll(() => readMetric(webhook, IS_CURRENT), SOON).toBe(0)
    expect(await isServedBy(first)).toBe(true)
    const [line] = logged('certificate not reloaded')
    expect(line).toEqual({
      reason: 'the certificate is not for localhost, but for IP Address:127.0.0.1',
    })
  })

  test('T7: not yet valid: taken over once it is, without another write', async () => {
    const clock = skewedClock()
    await start({}, clock)
    const next = await issue(HOSTS, new Date(Date.now() + DAY_MS))
    await put(next)
    await expect.poll(() => readMetric(webhook, IS_CURRENT), SOON).toBe(0)
    clock.pass(DAY_MS)
    await expect.poll(() => readMetric(webhook, IS_CURRENT), SOON).toBe(1)
    expect(logged('certificate reloaded')).toHaveLength(1)
  })

  test('T7: the active one expires: not ready, until another one comes', async () => {
    const clock = skewedClock()
    await start({}, clock)
    clock.pass(91 * DAY_MS)
    const notReady = await webhook.ask('/readyz')
    expect([notReady.code, notReady.body]).toEqual([503, expect.stringContaining('expired')])
    await put(await issue(HOSTS, clock.now()))
    await expect.poll(async () => (await webhook.ask('/readyz')).code, SOON).toBe(200)
  })

  test('T7: one for another name stops the start', async () => {
    await start()
    const { certificate, key } = first
    const named = startWebhook({ config: { tls: { certificate, key }, serverNames: ['x.svc'] } })
    await expect(named).rejects.toMatchObject({ code: 'certificate-for-other-names' })
  })
})

describe('T9: the client CA', () => {
  test('T9: another one is heeded by new connections, a broken one is not', async () => {
    const [old, next] = [clientCa(), clientCa()]
    const { certificate, key } = first
    await start({ tls: { certificate, key, clientCa: old.caCertificate } })
    const isHeard = async (by: typeof old): Promise<boolean> => {
      const { port } = webhook.server.addresses.webhook
      const client = { ...by.issue('anybody'), ca: first.caCertificate, agent: false }
      const headers = { 'content-type': 'application/json' }
      const options = { host: '127.0.0.1', port, path: '/validate', method: 'POST', headers }
      return send(reviewBytes(), { ...options, ...client }).then(
        ({ code }) => code === 200,
        () => false,
      )
    }
    expect([await isHeard(old), await isHeard(next)]).toEqual([true, false])
    await writeFile(join(folder, 'ca.crt'), next.caCertificate)
    await expect.poll(() => isHeard(next), SOON).toBe(true)
    expect(await isHeard(old)).toBe(false)
    // For TLS an empty one stands for every CA that Node knows.
    await writeFile(join(folder, 'ca.crt'), '')
    await expect.poll(() => readMetric(webhook, IS_CURRENT), SOON).toBe(0)
    expect([await isHeard(old), await isHeard(next)]).toEqual([false, true])
  })
})

function reviewOver(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    socket.once('error', reject)
    const body = Buffer.from(reviewBytes())
    const head = `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    socket.write(Buffer.concat([Buffer.from(head), body]))
  })
}
