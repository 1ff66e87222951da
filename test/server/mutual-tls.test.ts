// Who may ask: certificates of clients, their CA and their names.
import { type ConnectionOptions, connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { issueDevCertificates } from '../../src/certs/issue-dev-certificates.ts'
import { clientCa, type ClientCa, type ClientCertificate } from '../support/client-certificates.ts'
import { readMetric } from '../support/read-metric.ts'
import { reviewBytes } from '../support/review.ts'
import { startWebhook, type Webhook } from '../support/webhook.ts'

const HOUR_MS = 3_600_000
const NAMES = ['kube-apiserver', 'api.example.com']
const BODY = Buffer.from(reviewBytes())
const REVIEW = [
  'POST /validate HTTP/1.1',
  'Host: x',
  'Content-Type: application/json',
  'Connection: close',
  `Content-Length: ${BODY.length}`,
  '',
  BODY.toString(),
].join('\r\n')

let clients: ClientCa
let strangers: ClientCa
let webhook: Webhook

beforeAll(() => {
  clients = clientCa()
  strangers = clientCa()
})

async function startWith(clientNames?: readonly string[]): Promise<void> {
  const plain = await startWebhook()
  await plain.stop()
  const { certificate, key } = plain.certificates
  const mutual = { clientCa: clients.caCertificate, ...(clientNames && { clientNames }) }
  webhook = await startWebhook({ config: { tls: { certificate, key, ...mutual } } })
}

/** Sends a review in the same breath as the end of the handshake, and gives all that comes back. */
function ask(options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const { port } = webhook.server.addresses.webhook
    const ca = webhook.certificates.caCertificate
    const socket = connect({ host: '127.0.0.1', port, ca, ...options })
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.write(REVIEW)
  })
}

async function expectServed(options: ConnectionOptions): Promise<void> {
  expect(await ask(options)).toMatch(/^HTTP\/1\.1 200 /)
}

/** No answer, no review, no word of it in the log; and the probes are answered. */
async function expectUnheard(options?: ConnectionOptions): Promise<void> {
  const before = webhook.log.length
  expect(await ask(options)).toBe('')
  expect(webhook.log.slice(before)).toEqual([])
  for (const path of ['/livez', '/readyz']) {
    expect((await webhook.ask(path)).code).toBe(200)
  }
}

const VERSIONS: readonly ConnectionOptions[] = [
  { maxVersion: 'TLSv1.2' },
  { minVersion: 'TLSv1.3' },
]

describe.each(VERSIONS)('T9: a client CA, %j', (version) => {
  beforeEach(() => startWith())
  afterEach(() => webhook.stop())

  test('T9: who has a certificate of it is served, whatever his name', async () => {
    await expectServed({ ...version, ...clients.issue('anybody') })
  })

  test('T9: without a certificate, or with one of another CA, expired, not yet valid or for servers, nobody is heard', async () => {
    const at = (startMs: number, endMs: number): ClientCertificate =>
      clients.issue('anybody', [], {
        notBefore: new Date(Date.now() + startMs),
        notAfter: new Date(Date.now() + endMs),
      })
    await expectUnheard(version)
    await expectUnheard({ ...version, ...strangers.issue('anybody') })
    await expectUnheard({ ...version, ...at(-2 * HOUR_MS, -60_000) })
    await expectUnheard({ ...version, ...at(HOUR_MS, 2 * HOUR_MS) })
    const { certificate: cert, key } = webhook.certificates
    await expectUnheard({ ...version, cert, key })
    const reason = 'portcullis_tls_handshake_failures_total{reason="handshake"}'
    expect(await readMetric(webhook, reason)).toBe(5)
  })

  test('T9: a session of one who was served gets nobody else in', async () => {
    const known = clients.issue('anybody')
    let session: Buffer | undefined
    await new Promise<void>((resolve) => {
      const { port } = webhook.server.addresses.webhook
      const ca = webhook.certificates.caCertificate
      const socket = connect({ host: '127.0.0.1', port, ca, ...version, ...known })
      socket.on('session', (fresh) => (session = fresh))
      socket.on('data', () => (session ??= socket.getSession()))
      socket.on('close', () => resolve())
      socket.write(REVIEW)
    })
    expect(session).toBeDefined()
    await expectUnheard({ ...version, ...(session && { session }) })
    await expectUnheard({ ...version, ...strangers.issue('anybody'), ...(session && { session }) })
    await expectServed({ ...version, ...known, ...(session && { session }) })
  })
})

test('T9: a certificate made for servers is none of a client, though its CA is the clients’', async () => {
  const servers = await issueDevCertificates({ now: new Date(), hosts: ['kube-apiserver'] })
  const { certificate, key } = servers
  const tls = { certificate, key, clientCa: servers.caCertificate }
  webhook = await startWebhook({ certificates: servers, config: { tls } })
  await expectUnheard({ cert: certificate, key, checkServerIdentity: () => undefined })
  await webhook.stop()
})

describe('T9: names', () => {
  beforeAll(() => startWith(NAMES))
  afterAll(() => webhook.stop())

  test.each<[string, string[]?]>([
    ['kube-apiserver'],
    ['anybody', ['api.example.com']],
    ['anybody', ['other.example.com', 'kube-apiserver']],
    ['anybody', ['API.example.com']],
  ])('T9: %s with the DNS names %j is served', async (commonName, dnsNames) => {
    for (const version of VERSIONS) {
      await expectServed({ ...version, ...clients.issue(commonName, dnsNames) })
    }
  })

  test.each<[string, string[]?]>([
    ['anybody'],
    [''],
    ['KUBE-APISERVER'],
    ['kube-apiserver '],
    ['kube-apiserver,CN=x'],
    ['x, CN=kube-apiserver'],
    ['x\nCN=kube-apiserver'],
    ['x/CN=kube-apiserver'],
    ['kube-apiserver\0.evil.example.com'],
    ['anybody', ['kube-apiserver.evil.example.com']],
    ['anybody', ['*.example.com']],
    ['anybody', ['x, DNS:kube-apiserver']],
    ['anybody', ['x,DNS:api.example.com']],
    ['anybody', ['"x", DNS:"kube-apiserver"']],
    ['anybody', ['x"\\, DNS:kube-apiserver']],
    ['anybody', ['kube-apiserver\0.evil.example.com']],
    ['anybody', ['sub.api.example.com']],
  ])('T9: %j with the DNS names %j is not heard', async (commonName, dnsNames) => {
    const reason = 'portcullis_tls_handshake_failures_total{reason="client-name"}'
    const before = await readMetric(webhook, reason)
    for (const version of VERSIONS) {
      await expectUnheard({ ...version, ...clients.issue(commonName, dnsNames) })
    }
    expect(await readMetric(webhook, reason)).toBe(before + VERSIONS.length)
  })

  test('T9: of a right name by another CA, or without a certificate, nobody is heard', async () => {
    await expectUnheard()
    await expectUnheard(strangers.issue('kube-apiserver', ['api.example.com']))
  })
})
