import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, createServer, type Server } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { CertError } from '../../src/certs/cert-error.ts'
import { inspectPair } from '../../src/certs/inspect-pair.ts'
import {
  type DevCertificates,
  issueDevCertificates,
} from '../../src/certs/issue-dev-certificates.ts'
import { parseAddress } from '../../src/certs/ip-address.ts'
import { clientCa } from '../support/client-certificates.ts'

const HOSTS = ['localhost', 'portcullis.portcullis-system.svc', '127.0.0.1', '::1']
const HOUR_MS = 3_600_000

let pair: DevCertificates
let other: DevCertificates
const now = new Date()
const servers: Server[] = []

beforeAll(async () => {
  pair = await issueDevCertificates({ now, hosts: HOSTS })
  other = await issueDevCertificates({ now, hosts: HOSTS })
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Connects as a client that verifies chain and name; resolves to undefined where it trusts the server. */
function handshake(
  host: string,
  options: { readonly ca: string; readonly servername?: string },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) => socket.end())
    servers.push(server)
    server.listen(0, host, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const socket = connect({ host, port, minVersion: 'TLSv1.2', ...options }, () => {
        socket.destroy()
        resolve(undefined)
      })
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  })
}

describe('issueDevCertificates', () => {
  test('a client that trusts the CA accepts every host by name and by address', async () => {
    const ca = pair.caCertificate
    expect(await handshake('127.0.0.1', { ca })).toBeUndefined()
    expect(await handshake('::1', { ca })).toBeUndefined()
    const service = { ca, servername: 'portcullis.portcullis-system.svc' }
    expect(await handshake('127.0.0.1', service)).toBeUndefined()
  })

  test('a client refuses another name, and the certificate of another CA', async () => {
    const wrongName = { ca: pair.caCertificate, servername: 'evil.example.com' }
    expect(await handshake('127.0.0.1', wrongName)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(await handshake('127.0.0.1', { ca: other.caCertificate })).toBeDefined()
  })

  test('both are what they should be, an hour backdated', () => {
    const ca = new X509Certificate(pair.caCertificate)
    const leaf = new X509Certificate(pair.certificate)
    expect(ca.ca).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.checkIssued(ca)).toBe(true)
    expect(leaf.verify(ca.publicKey)).toBe(true)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    const start = Math.floor((now.getTime() - HOUR_MS) / 1_000) * 1_000
    for (const each of [ca, leaf]) expect(Date.parse(each.validFrom)).toBe(start)
    expect(createPrivateKey(pair.key).asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  })

  test('is made for what is a DNS name or an address, and nothing else', async () => {
    for (const host of [
      'a_b',
      'a b',
      '-a',
      'a..b',
      '1.2.3',
      '::g',
      'a.*.b',
      '',
      `${'a'.repeat(64)}.b`,
    ]) {
      await expect(issueDevCertificates({ now, hosts: [host] })).rejects.toMatchObject({
        code: 'name-invalid',
      })
    }
    const names = ['*.example.com', 'A.b-c', '::ffff:1.2.3.4', '1:2:3:4:5:6:7:8']
    const { certificate, key } = await issueDevCertificates({ now, hosts: names })
    expect(
      inspectPair(certificate, key, now, ['x.example.com', 'a.B-c', ...names.slice(2)]),
    ).toBeDefined()
  })

  test('a year of four digits from 2050 on', async () => {
    const late = await issueDevCertificates({ now: new Date('2049-12-01'), hosts: ['localhost'] })
    expect(new X509Certificate(late.certificate).validTo).toContain('2050')
  })

  test('serials are fresh, positive and at most 20 bytes', () => {
    const all = [pair.caCertificate, pair.certificate, other.caCertificate, other.certificate]
    const serials = all.map((each) => new X509Certificate(each).serialNumber)
    expect(new Set(serials).size).toBe(4)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{39}$/)
  })

  test('OpenSSL verifies the chain strictly', () => {
    const verify = (ca: string): string =>
      execFileSync(
        'bash',
        [
          '-c',
          'openssl verify -x509_strict -purpose sslserver -CAfile <(echo "$CA") <(echo "$LEAF")',
        ],
        { env: { PATH: process.env['PATH'], CA: ca, LEAF: pair.certificate }, stdio: 'pipe' },
      ).toString()
    expect(verify(pair.caCertificate)).toContain('OK')
    expect(() => verify(other.caCertificate)).toThrow()
  })
})

test('parseAddress takes what node:net takes', () => {
  const texts = [
    ':: ::1 1:: 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1:2:3:4:5:6:7 ::1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4 1.2.3.4:: 1::2::3 :1 1: : ::: 12345:: ::g ::1.2.3 1.2.3.4 1.2.3',
    '01.2.3.4 256.1.1.1 1.2.3.4. localhost',
  ]
  for (const text of ['', ...texts.join(' ').split(' ')]) {
    expect([text, parseAddress(text) !== undefined]).toEqual([text, isIP(text) !== 0])
  }
  const zeros = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  expect(parseAddress('fe80::a1:1.2.3.4')).toEqual([0xfe, 0x80, ...zeros, 0xa1, 1, 2, 3, 4])
})

describe('inspectPair', () => {
  test('describes a pair that can serve', () => {
    const info = inspectPair(pair.certificate, pair.key, now)
    expect(info.subjectAltNames).toEqual([
      'DNS:localhost',
      'DNS:portcullis.portcullis-system.svc',
      'IP Address:127.0.0.1',
      'IP Address:0:0:0:0:0:0:0:1',
    ])
    expect(info.notAfter.getTime() - info.notBefore.getTime()).toBe((90 * 24 + 1) * HOUR_MS)
  })

  const year = 365 * 24 * HOUR_MS
  test.each<[string, string, () => [string, string, Date]]>([
    ['T6: the key of another', 'key-mismatch', () => [pair.certificate, other.key, now]],
    [
      'T7: expired',
      'certificate-expired',
      () => [pair.certificate, pair.key, new Date(+now + year)],
    ],
    [
      'T7: not yet valid',
      'certificate-not-yet-valid',
      () => [pair.certificate, pair.key, new Date(+now - year)],
    ],
    ['a CA’s, without names', 'key-mismatch', () => [pair.caCertificate, pair.key, now]],
    ['an empty certificate', 'certificate-unreadable', () => ['', pair.key, now]],
    [
      'a truncated certificate',
      'certificate-unreadable',
      () => [pair.certificate.slice(0, 400), pair.key, now],
    ],
    ['an empty key', 'key-unreadable', () => [pair.certificate, '', now]],
    ['a certificate for a key', 'key-unreadable', () => [pair.certificate, pair.certificate, now]],
  ])('refuses %s', (_name, code, make) => {
    const [certificate, key, time] = make()
    expect(errorOf(() => inspectPair(certificate, key, time)).code).toBe(code)
  })

  test('T7: refuses a certificate that is not for all of the names', () => {
    const inspect = (...names: string[]): unknown =>
      inspectPair(pair.certificate, pair.key, now, names)
    expect(inspect('localhost', '127.0.0.1', '::1')).toBeDefined()
    const error = errorOf(() => inspect('localhost', 'other.portcullis-system.svc'))
    expect(error.code).toBe('certificate-for-other-names')
    expect(error.message).toContain('not for other.portcullis-system.svc, but for DNS:localhost')
  })

  test('refuses a chain that is cut off, or broken behind its first certificate', () => {
    const inspect = (text: string): unknown => inspectPair(text, pair.key, now)
    const chain = pair.certificate + pair.caCertificate
    expect(inspect(`leaf\n${chain}`)).toBeDefined()
    expect(errorOf(() => inspect(chain.slice(0, -30))).code).toBe('certificate-unreadable')
    const broken = pair.certificate + pair.caCertificate.replace(/^MII/m, 'AAA')
    expect(errorOf(() => inspect(broken)).code).toBe('certificate-unreadable')
  })

  test('refuses a certificate for clients only', () => {
    const { cert, key } = clientCa().issue('localhost', ['localhost'])
    expect(errorOf(() => inspectPair(cert, key, now)).code).toBe('certificate-not-for-servers')
  })

  test('refuses a certificate without names', async () => {
    const nameless = await issueDevCertificates({ now, hosts: [] })
    const error = errorOf(() => inspectPair(nameless.certificate, nameless.key, now))
    expect(error.code).toBe('certificate-without-san')
    expect(error.message).not.toContain('BEGIN')
  })
})

function errorOf(action: () => unknown): CertError {
  try {
    action()
  } catch (error) {
    return error as CertError
  }
  throw new Error('nothing was thrown')
}
