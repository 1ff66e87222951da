// `certs` as a user runs it, and what OpenSSL and TLS say of what it makes.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { issueDevCertificates } from '../../src/certs/issue-dev-certificates.ts'
import type { CertificatesInspection } from '../../src/certs/inspect-certificates.ts'
import { CERTIFICATES_INSPECTION_SCHEMA } from '../../src/cli/certs/certificates-inspection-schema.ts'
import { portcullis, type Run } from '../support/portcullis.ts'

const FILES = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'] as const
const NAME = 'portcullis.portcullis-system.svc'
const DAY_MS = 24 * 3_600_000

let cwd: string

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(() => rm(cwd, { recursive: true }))

function certs(...args: string[]): Promise<Run> {
  return portcullis(['certs', ...args], { cwd })
}

async function create(...args: string[]): Promise<void> {
  expect(await certs('create', '--host', NAME, ...args)).toMatchObject({ code: 0, stderr: '' })
}

function read(file: (typeof FILES)[number]): Promise<string> {
  return readFile(join(cwd, 'certs', file), 'utf8')
}

async function inspect(
  ...args: string[]
): Promise<{ code: number | null } & CertificatesInspection> {
  const { code, stdout } = await certs('inspect', '-o', 'json', ...args)
  const value = JSON.parse(stdout) as CertificatesInspection
  const ajv = new Ajv2020.default({ strict: true, validateFormats: false })
  const validate = ajv.compile(CERTIFICATES_INSPECTION_SCHEMA)
  expect(validate(value) ? [] : validate.errors).toEqual([])
  return { ...value, code }
}

/** Whether OpenSSL takes the serving certificate, for a client that trusts these CAs. */
async function isTrustedBy(ca: string): Promise<boolean> {
  await writeFile(join(cwd, 'trusted.pem'), ca)
  try {
    const verify = `openssl verify -x509_strict -purpose sslserver -verify_hostname ${NAME}`
    execFileSync('bash', ['-c', `${verify} -CAfile trusted.pem certs/tls.crt`], {
      cwd,
      stdio: 'pipe',
    })
    return true
  } catch {
    return false
  }
}

describe('certs create', () => {
  test('makes a CA and a certificate by it, for a name and for a time', async () => {
    const { code, stdout } = await certs(
      ...`create x/y --host ${NAME} --host ::1 --days 30 --ca-days 90`.split(' '),
    )
    expect([code, stdout]).toEqual([0, FILES.map((file) => `x/y/${file}\n`).join('')])
    const inspected = await inspect('x/y')
    expect(inspected).toMatchObject({ code: 0, keyFits: true, faults: [] })
    expect(inspected.certificates).toMatchObject([
      { subjectAltNames: [`DNS:${NAME}`, 'IP Address:0:0:0:0:0:0:0:1'], daysLeft: 29, isCa: false },
    ])
    expect(inspected.cas).toMatchObject([{ subject: 'CN=portcullis CA', daysLeft: 89, isCa: true }])
  })

  test('C4: keys are for their owner only, and nothing is overwritten without --force', async () => {
    await create()
    const modes = FILES.map(async (file) => (await stat(join(cwd, 'certs', file))).mode & 0o777)
    expect(await Promise.all(modes)).toEqual([0o644, 0o600, 0o644, 0o600])
    const before = await read('tls.key')
    for (const file of FILES) {
      for (const other of FILES) if (other !== file) await rm(join(cwd, 'certs', other))
      const { code, stdout, stderr } = await certs('create', '--host', NAME)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain(`\`certs/${file}\` is there already: \`--force\` overwrites it`)
      await rm(join(cwd, 'certs', file))
      await create()
    }
    await create('--force')
    expect(await read('tls.key')).not.toBe(before)
    expect((await stat(join(cwd, 'certs/tls.key'))).mode & 0o777).toBe(0o600)
  })

  test.each([
    [[], 'needs one of create, inspect, rotate'],
    [['make'], 'takes `create` or `inspect` or `rotate`'],
    [['create'], 'needs a `--host`'],
    [['create', '--host', 'a b'], '`--host` takes a DNS name or an IP address'],
    [['create', '--host', 'a', '--days', '0'], '`--days` takes a number from 1 to 36500'],
    [['create', '--host', 'a', '--step', 'leaf'], 'has no use for `--step`'],
    [['rotate', '--force'], 'has no use for `--force`'],
    [['inspect', '--days', '1'], 'has no use for `--days`'],
    [['inspect', 'none'], 'there is no file or directory `none`'],
    [['rotate'], 'cannot read `certs/ca.crt`: no such file'],
  ])('%j: exit 2, one line', async (args, message) => {
    const { code, stdout, stderr } = await certs(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('certs inspect', () => {
  test('tells a person what there is', async () => {
    await create()
    const { code, stdout } = await certs('inspect')
    expect(code).toBe(0)
    const masked = stdout
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/(?:[\dA-F]{2}:){31}[\dA-F]{2}/g, 'DIGEST')
    expect(masked).toMatchInlineSnapshot(`
      "certs/tls.crt
        subject  CN=portcullis
        issuer   CN=portcullis CA
        names    DNS:portcullis.portcullis-system.svc
        valid    TIME to TIME, 364 days left
        sha256   DIGEST
      certs/tls.key fits
      certs/ca.crt
        subject  CN=portcullis CA (a CA)
        issuer   CN=portcullis CA
        valid    TIME to TIME, 3649 days left
        sha256   DIGEST
      "
    `)
  })

  test('tells all that is wrong, and exits with 1', async () => {
    const year = new Date(Date.now() - 365 * DAY_MS)
    const old = await issueDevCertificates({ now: year, hosts: ['other'] })
    await create()
    await writeFile(join(cwd, 'certs/tls.crt'), old.certificate)
    const { code, keyFits, faults } = await inspect('--host', NAME)
    expect([code, keyFits]).toEqual([1, false])
    expect(faults.map((fault) => fault.code)).toEqual([
      'key-mismatch',
      'certificate-for-other-names',
      'certificate-expired',
      'certificate-foreign',
    ])
    const { stdout } = await certs('inspect')
    expect(stdout).toContain('certs/tls.key does not fit\n')
    expect(stdout).toContain('wrong: the private key is not the key of the certificate\n')
  })

  test('a file alone, with its key, with its CA; a CA; no certificate', async () => {
    await create()
    const alone = await inspect('certs/tls.crt')
    expect(alone).toMatchObject({ code: 0, cas: [] })
    expect(alone.keyFits).toBeUndefined()
    const whole = ['--key', 'certs/tls.key', '--ca', 'certs/ca.crt']
    expect(await inspect('certs/tls.crt', ...whole)).toMatchObject({ code: 0, keyFits: true })
    expect(await inspect('certs/ca.crt', '--key', 'certs/ca.key')).toMatchObject({ code: 0 })
    expect(await inspect('certs/tls.key')).toMatchObject({
      code: 1,
      faults: [{ code: 'certificate-unreadable' }],
    })
    await rm(join(cwd, 'certs/tls.key'))
    expect((await certs('inspect')).code).toBe(2)
  })

  test('says nothing of a key', async () => {
    await create()
    const secret = (await read('tls.key')).split('\n')[1] ?? ''
    for (const format of ['text', 'json']) {
      for (const path of ['certs', 'certs/tls.key']) {
        const { stdout, stderr } = await certs('inspect', path, '-o', format)
        expect(stdout + stderr).not.toContain(secret)
      }
    }
  })
})

describe('certs rotate', () => {
  test('renews certificate and key by the same CA, for the same names', async () => {
    await create('--host', '127.0.0.1')
    const before = await Promise.all(FILES.map(read))
    expect(await certs('rotate')).toMatchObject({
      code: 0,
      stdout: 'certs/tls.crt\ncerts/tls.key\n',
    })
    const after = await Promise.all(FILES.map(read))
    expect(after.map((text, index) => text === before[index])).toEqual([true, true, false, false])
    expect(await inspect()).toMatchObject({
      code: 0,
      certificates: [{ subjectAltNames: [`DNS:${NAME}`, 'IP Address:127.0.0.1'] }],
    })
    expect((await stat(join(cwd, 'certs/tls.key'))).mode & 0o777).toBe(0o600)
    expect((await certs('rotate', '--host', 'other')).code).toBe(0)
    expect((await inspect()).certificates[0]?.subjectAltNames).toEqual(['DNS:other'])
  })

  test('T10: another CA in three steps: whoever trusts ca.crt, as it is or was a step ago, is served', async () => {
    await create()
    const old = await read('ca.crt')
    expect((await certs('rotate', '--step', 'new-ca')).stdout).toBe('certs/ca.crt\ncerts/ca.key\n')
    const both = await read('ca.crt')
    expect([await isTrustedBy(old), await isTrustedBy(both)]).toEqual([true, true])
    expect((await certs('rotate', '--step', 'new-ca')).stderr).toContain('holds two CAs')
    expect((await certs('rotate', '--step', 'drop-old-ca')).stderr).toContain('is by the old CA')
    expect((await certs('rotate')).code).toBe(0)
    expect([await isTrustedBy(old), await isTrustedBy(both)]).toEqual([false, true])
    expect((await certs('rotate', '--step', 'drop-old-ca')).stdout).toBe('certs/ca.crt\n')
    const next = await read('ca.crt')
    expect([await isTrustedBy(both), await isTrustedBy(next)]).toEqual([true, true])
    expect(new X509Certificate(next).fingerprint256).toBe(new X509Certificate(both).fingerprint256)
  })

  test('C4: files that do not belong together are not overwritten', async () => {
    await create()
    const other = await issueDevCertificates({ now: new Date(), hosts: [NAME] })
    for (const [file, text, message] of [
      ['tls.crt', other.certificate, 'is by no CA in'],
      ['ca.key', other.key, 'is the key of no CA in'],
      ['ca.crt', 'none', 'the certificate is not PEM'],
    ] as const) {
      const good = await read(file)
      await writeFile(join(cwd, 'certs', file), text)
      const before = await Promise.all(FILES.map(read))
      const { code, stderr } = await certs('rotate')
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
      expect(await Promise.all(FILES.map(read))).toEqual(before)
      await writeFile(join(cwd, 'certs', file), good)
    }
    // Killed between the two: the next one makes it good.
    await writeFile(join(cwd, 'certs/tls.key'), other.key)
    expect((await certs('rotate')).code).toBe(0)
    expect((await inspect()).code).toBe(0)
  })
})
