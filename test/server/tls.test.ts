import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueDevCertificates } from '../../src/certs/issue-dev-certificates.ts'
import { reviewBytes } from '../support/review.ts'
import { startWebhook, type Webhook } from '../support/webhook.ts'

let webhook: Webhook
const now = new Date()

beforeAll(async () => {
  webhook = await startWebhook()
})
afterAll(() => webhook.stop())

/** Resolves to the open connection, or to the code with which it failed. */
function handshake(options: ConnectionOptions, to = webhook): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const { port } = to.server.addresses.webhook
    const ca = to.certificates.caCertificate
    const socket = connect({ host: '127.0.0.1', port, ca, ...options }, () => resolve(socket))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
  })
}

async function protocolOf(options: ConnectionOptions): Promise<string | null> {
  const socket = await handshake(options)
  if (typeof socket === 'string') return null
  const protocol = socket.getProtocol()
  socket.destroy()
  return protocol
}

describe('TLS', () => {
  test('T1: TLS 1.2 and 1.3 are spoken, older versions and weak suites are not', async () => {
    const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): ConnectionOptions => ({
      minVersion: version,
      maxVersion: version,
    })
    expect(await protocolOf(only('TLSv1.3'))).toBe('TLSv1.3')
    expect(await protocolOf(only('TLSv1.2'))).toBe('TLSv1.2')
    const old = { ciphers: 'ALL:@SECLEVEL=0' }
    expect(await protocolOf({ ...only('TLSv1.1'), ...old })).toBeNull()
    expect(await protocolOf({ ...only('TLSv1'), ...old })).toBeNull()
    for (const ciphers of ['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-RSA-AES128-SHA']) {
      expect(await protocolOf({ ...only('TLSv1.2'), ciphers })).toBeNull()
    }
  })

  test('T2: plain HTTP, noise and early ends harm nothing', async () => {
    const { port } = webhook.server.addresses.webhook
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(5_000, 0x16), Buffer.alloc(0)]) {
      const socket = connectTcp(port, '127.0.0.1')
      socket.on('error', () => {})
      // What is not read holds up the end.
      socket.resume()
      socket.end(bytes)
      await once(socket, 'close')
    }
    expect((await webhook.post(reviewBytes())).code).toBe(200)
    const { body } = await webhook.ask('/metrics')
    expect(body).toMatch(/^portcullis_tls_handshake_failures_total{reason="handshake"} [1-9]/m)
  })

  test('T3: http/1.1 by ALPN, or none; h2 alone is refused', async () => {
    for (const ALPNProtocols of [['http/1.1'], ['h2', 'http/1.1'], undefined]) {
      const socket = await handshake(ALPNProtocols === undefined ? {} : { ALPNProtocols })
      if (typeof socket === 'string') throw new Error(socket)
      expect(socket.alpnProtocol).toBe(ALPNProtocols === undefined ? false : 'http/1.1')
      socket.destroy()
    }
    expect(typeof (await handshake({ ALPNProtocols: ['h2'] }))).toBe('string')
  })

  test('T7: a certificate that cannot serve stops the start with its reason', async () => {
    const other = await issueDevCertificates({ now, hosts: ['localhost'] })
    const year = 365 * 24 * 3_600_000
    const old = await issueDevCertificates({ now: new Date(+now - year), hosts: ['localhost'] })
    const start = (certificate: string, key: string): Promise<Webhook> =>
      startWebhook({ config: { tls: { certificate, key } } })
    await expect(start(other.certificate, webhook.certificates.key)).rejects.toMatchObject({
      code: 'key-mismatch',
    })
    await expect(start(old.certificate, old.key)).rejects.toMatchObject({
      code: 'certificate-expired',
    })
    await expect(start('', '')).rejects.toMatchObject({ code: 'certificate-unreadable' })
  })
})
