// `serve` as a process of its own: what it prints, what it answers, and how it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { MAIN, portcullis } from '../support/portcullis.ts'
import { podObject, reviewBytes } from '../support/review.ts'
import { send } from '../support/webhook.ts'

const ANY = ['--listen', '127.0.0.1:0', '--operator-listen', '127.0.0.1:0']

interface Served {
  readonly process: ChildProcess
  readonly webhookPort: number
  readonly operatorPort: number
  readonly stderr: () => string
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

let folder: string
const running: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

async function serve(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [MAIN, 'serve', ...ANY, ...args], { cwd: folder })
  running.push(child)
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (stdout.includes('operators on')) resolve()
    })
    child.on('close', () => reject(new Error(stderr)))
  })
  const port = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1])
  return {
    process: child,
    webhookPort: port(/webhook on https:\/\/127\.0\.0\.1:(\d+)\/validate/),
    operatorPort: port(/operators on http:\/\/127\.0\.0\.1:(\d+)/),
    stderr: () => stderr,
    ended,
  }
}

async function review(served: Served, spec = {}): Promise<AdmissionAnswer['response']> {
  const ca = await readFile(join(folder, 'certs/ca.crt'))
  const { body } = await send(reviewBytes({ object: podObject(spec) }), {
    host: '127.0.0.1',
    port: served.webhookPort,
    path: '/validate',
    method: 'POST',
    ca,
    agent: false,
    headers: { 'content-type': 'application/json' },
  })
  return (JSON.parse(body) as AdmissionAnswer).response
}

function ask(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}

describe('serve --dev-tls', () => {
  test('judges with the package’s own bundle; its certificate is trusted through certs/ca.crt', async () => {
    const namespaces = join(folder, 'namespaces.yaml')
    await writeFile(namespaces, 'apiVersion: v1\nkind: Namespace\nmetadata: { name: default }\n')
    const served = await serve('--dev-tls', '--namespaces', namespaces)
    expect(await ask(served.operatorPort, '/livez')).toBe(200)
    expect(await ask(served.operatorPort, '/readyz')).toBe(200)
    expect((await review(served)).allowed).toBe(true)
    const denied = await review(served, { hostNetwork: true })
    expect(denied.allowed).toBe(false)
    expect(denied.status?.message).toContain('hostNetwork')
    expect(served.stderr()).not.toContain('Warning')
  })

  test('P1: SIGTERM: not ready at once, serves on for the drain time, exit 0', async () => {
    const served = await serve('--dev-tls', '--drain-seconds', '2')
    served.process.kill('SIGTERM')
    await expect.poll(() => ask(served.operatorPort, '/readyz')).toBe(503)
    expect((await review(served, { hostNetwork: true })).allowed).toBe(false)
    expect(await served.ended).toEqual({ code: 0, signal: null })
  })

  test('P1: a second signal ends it at once', async () => {
    const served = await serve('--dev-tls', '--drain-seconds', '600')
    served.process.kill('SIGTERM')
    await expect.poll(() => ask(served.operatorPort, '/readyz')).toBe(503)
    const start = performance.now()
    served.process.kill('SIGTERM')
    expect((await served.ended).code).toBe(0)
    expect(performance.now() - start).toBeLessThan(5_000)
  })

  test('P6: an address in use: exit 2, one line', async () => {
    const first = await serve('--dev-tls')
    const address = `127.0.0.1:${first.webhookPort}`
    const { code, stderr } = await portcullis(
      ['serve', '--dev-tls', '--operator-listen', '127.0.0.1:0', '--listen', address],
      { cwd: folder },
    )
    expect(code).toBe(2)
    expect(stderr).toMatch(new RegExp(`portcullis: .*${address}.*\\n$`))
  })
})

describe('serve refuses to start', () => {
  test('P5: without its bundle, with a broken one, or with a certificate that is none', async () => {
    const broken = join(folder, 'broken.tgz')
    await writeFile(broken, 'no bundle')
    const missing = await portcullis(['serve', '--dev-tls', '--bundle', 'no.tgz'], { cwd: folder })
    expect(missing.stderr).toContain('cannot read `no.tgz`')
    const refused = await portcullis(['serve', '--dev-tls', '--bundle', broken], { cwd: folder })
    expect(refused.stderr).toContain('error[bundle/unreadable]')
    const files = ['--tls-cert-file', broken, '--tls-private-key-file', broken]
    const certificate = await portcullis(['serve', ...files, ...ANY], { cwd: folder })
    expect(certificate.stderr).toMatch(/^portcullis: .*certificate/)
    expect([missing.code, refused.code, certificate.code]).toEqual([2, 2, 2])
  })
})
