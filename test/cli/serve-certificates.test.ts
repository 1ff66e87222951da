// `serve` as a process of its own over files as they really change: by the kubelet, by hand, by accident.
import { execFileSync } from 'node:child_process'
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { stat, utimes, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type DevCertificates,
  issueDevCertificates,
} from '../../src/certs/issue-dev-certificates.ts'
import { mountVolume } from '../support/mounted-volume.ts'
import { portcullis } from '../support/portcullis.ts'
import { seriesValue } from '../support/series-value.ts'
import { killAll, review, type Served, serve } from '../support/serve.ts'

const SOON = { timeout: 60_000, interval: 250 }
/** Longer than files have to stay as they are, and than two polls. */
const QUIET_MS = 25_000
const FILES = '--tls-cert-file certs/tls.crt --tls-private-key-file certs/tls.key'
const ARGS = `${FILES} --drain-seconds 0`.split(' ')
const LOADED = 'portcullis_certificate_reloads_total{outcome="loaded"}'
const REFUSED = 'portcullis_certificate_reloads_total{outcome="refused"}'
const IS_CURRENT = 'portcullis_certificate_last_reload_successful'

let cwd: string
let folder: string
let first: DevCertificates

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
  folder = join(cwd, 'certs')
  await mkdir(folder)
  first = await issue()
})
afterEach(async () => {
  killAll()
  await rm(cwd, { recursive: true })
})

function issue(): Promise<DevCertificates> {
  return issueDevCertificates({ now: new Date(), hosts: ['localhost', '127.0.0.1'] })
}

function filesOf(pair: DevCertificates): Readonly<Record<string, string>> {
  return { 'tls.key': pair.key, 'tls.crt': pair.certificate, 'ca.crt': pair.caCertificate }
}

async function put(pair: DevCertificates): Promise<void> {
  for (const [name, text] of Object.entries(filesOf(pair))) {
    await writeFile(join(folder, name), text)
  }
}

async function read(served: Served, path: string): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: served.operatorPort, path, agent: false }
    get(options, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body }))
    }).on('error', reject)
  })
}

async function metric(served: Served, series: string): Promise<number | undefined> {
  return seriesValue((await read(served, '/metrics')).body, series)
}

function isServedBy(
  served: Served,
  { caCertificate: ca }: Pick<DevCertificates, 'caCertificate'>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: served.webhookPort, ca }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

async function expectLastGood(served: Served, reason: RegExp): Promise<void> {
  await expect.poll(() => metric(served, IS_CURRENT), SOON).toBe(0)
  expect(await isServedBy(served, first)).toBe(true)
  expect((await read(served, '/readyz')).code).toBe(200)
  expect((await review(served, { hostNetwork: true })).status?.message).toContain('hostNetwork')
  const lines = told(served, 'certificate not reloaded')
  expect(lines.at(-1)).toMatch(reason)
}

async function expectRecovery(served: Served): Promise<void> {
  const next = await issue()
  await put(next)
  await expect.poll(() => isServedBy(served, next), SOON).toBe(true)
  expect(await metric(served, IS_CURRENT)).toBe(1)
}

function told(served: Served, message: string): string[] {
  return served
    .stderr()
    .split('\n')
    .filter((line) => line.includes(`"msg":"${message}"`))
}

async function countOpenFiles({ process: { pid } }: Served): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

test('F1: a swap of ..data, as the kubelet does it: one reload each, of a pair that fits', async () => {
  await mountVolume(folder, filesOf(first))
  const served = await serve(ARGS, { cwd })
  for (let count = 0; count < 3; count++) {
    const next = await issue()
    await mountVolume(folder, filesOf(next))
    await expect.poll(() => isServedBy(served, next), SOON).toBe(true)
  }
  expect(await metric(served, LOADED)).toBe(3)
  expect(await metric(served, REFUSED)).toBe(0)
  expect(told(served, 'certificate reloaded')).toHaveLength(3)
})

test('F2: no watcher is to be had, and the file looks as before: it is picked up within 30 s', async () => {
  await put(first)
  // The system's limit of watchers, as Node tells it.
  const preload = `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    fs.watch = () => { throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }) }
    syncBuiltinESMExports()`
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`]
  const served = await serve(ARGS, { cwd, nodeArgs })
  // In place, of the same length and with the same time: only who reads it sees that it has changed.
  const next = await issue()
  for (const [name, before, after] of [
    ['tls.crt', first.certificate, next.certificate],
    ['tls.key', first.key, next.key],
  ] as const) {
    const path = join(folder, name)
    const length = Math.max(before.length, after.length) + 1
    await writeFile(path, before.padEnd(length, '\n'))
    const { atime, mtime } = await stat(path)
    await setTimeout(3_000)
    await writeFile(path, after.padEnd(length, '\n'))
    await utimes(path, atime, mtime)
  }
  const start = performance.now()
  await expect.poll(() => isServedBy(served, next), SOON).toBe(true)
  expect(performance.now() - start).toBeLessThan(30_000)
})

test('F3: files that are written slowly: nothing is read by halves', async () => {
  await put(first)
  const served = await serve(ARGS, { cwd })
  // A chain is valid wherever a certificate ends: a half of it would be one certificate.
  const next = await issue()
  const chain = next.certificate + next.caCertificate
  for (const [name, text] of [
    ['tls.key', next.key],
    ['tls.crt', chain],
  ] as const) {
    const path = join(folder, name)
    await writeFile(path, '')
    const step = Math.ceil(text.length / 10)
    for (let at = 0; at < text.length; at += step) {
      await appendFile(path, text.slice(at, at + step))
      await setTimeout(500)
    }
  }
  await expect.poll(() => isServedBy(served, next), SOON).toBe(true)
  expect(await metric(served, LOADED)).toBe(1)
  expect(await metric(served, REFUSED)).toBe(0)
  expect(told(served, 'certificate not reloaded')).toEqual([])
})

test('F4: a file, then the folder, is deleted: the last good pair serves on, one line each', async () => {
  await put(first)
  const served = await serve(ARGS, { cwd })
  await rm(join(folder, 'tls.key'))
  await expectLastGood(served, /cannot read `certs\/tls\.key`: no such file/)
  await rm(folder, { recursive: true })
  await expect
    .poll(() => told(served, 'certificate not reloaded').at(-1), SOON)
    .toContain('certs/tls.crt')
  await setTimeout(QUIET_MS)
  expect(await metric(served, REFUSED)).toBe(2)
  expect(told(served, 'certificate not reloaded')).toHaveLength(2)
  await mkdir(folder)
  await put(first)
  await expect.poll(() => metric(served, IS_CURRENT), SOON).toBe(1)
  expect(await metric(served, LOADED)).toBe(0)
  await expectRecovery(served)
})

test('F4: a file that may not be read any more: the last good pair serves on', async () => {
  await put(first)
  await chmod(cwd, 0o755)
  // Root may read everything.
  const served = await serve(ARGS, { cwd, ...(process.getuid?.() === 0 ? { uid: 65_534 } : {}) })
  await chmod(join(folder, 'tls.crt'), 0)
  await expectLastGood(served, /permission denied/)
  await chmod(join(folder, 'tls.crt'), 0o644)
  await expectRecovery(served)
})

test('F5: a path becomes a pipe, then a directory: nothing hangs', async () => {
  await put(first)
  const served = await serve(ARGS, { cwd })
  for (const name of ['tls.crt', 'tls.key']) {
    const path = join(folder, name)
    await rm(path)
    execFileSync('mkfifo', [path])
  }
  await expectLastGood(served, /it is no regular file/)
  // Long enough for every thread of libuv to be held up, were one at each look.
  await setTimeout(QUIET_MS)
  await expectLastGood(served, /it is no regular file/)
  for (const name of ['tls.crt', 'tls.key']) {
    await rm(join(folder, name))
    await mkdir(join(folder, name))
  }
  await expect
    .poll(() => told(served, 'certificate not reloaded').at(-1), SOON)
    .toContain('it is a directory')
  for (const name of ['tls.crt', 'tls.key']) await rm(join(folder, name), { recursive: true })
  await expectRecovery(served)
})

test('F6: a thousand touches with the same content: no swap, no more files open', async () => {
  await put(first)
  const served = await serve(ARGS, { cwd })
  await review(served)
  await setTimeout(3_000)
  const before = await countOpenFiles(served)
  for (let count = 0; count < 500; count++) {
    const time = new Date()
    for (const name of ['tls.crt', 'tls.key']) await utimes(join(folder, name), time, time)
    await setTimeout(15)
  }
  for (const pair of [first, first]) await put(pair)
  await setTimeout(5_000)
  expect(await metric(served, LOADED)).toBe(0)
  expect(await metric(served, REFUSED)).toBe(0)
  await expect.poll(() => countOpenFiles(served), SOON).toBeLessThanOrEqual(before)
  expect(await isServedBy(served, first)).toBe(true)
})

test('T10: a rotation of the CA by `certs rotate`: clients are served at each step, and lose no handshake', async () => {
  const certs = async (...args: string[]): Promise<void> => {
    expect(await portcullis(['certs', ...args], { cwd })).toMatchObject({ code: 0, stderr: '' })
  }
  const bundle = async (): Promise<{ caCertificate: string }> => ({
    caCertificate: await readFile(join(folder, 'ca.crt'), 'utf8'),
  })
  await certs('create', '--host', 'localhost', '--host', '127.0.0.1')
  const served = await serve(ARGS, { cwd })
  const old = await bundle()
  await certs('rotate', '--step', 'new-ca')
  const both = await bundle()
  // A client that was told of both in time is served all the while.
  let isOver = false
  let handshakes = 0
  const client = (async () => {
    for (; !isOver; handshakes++) expect(await isServedBy(served, both)).toBe(true)
  })()
  expect(await isServedBy(served, old)).toBe(true)
  await certs('rotate')
  await Promise.race([client, expect.poll(() => metric(served, LOADED), SOON).toBe(1)])
  expect(await isServedBy(served, old)).toBe(false)
  await certs('rotate', '--step', 'drop-old-ca')
  const next = await bundle()
  expect([await isServedBy(served, both), await isServedBy(served, next)]).toEqual([true, true])
  isOver = true
  await client
  expect(handshakes).toBeGreaterThan(0)
})
