// `serve` where nothing can be written: as in its container, and on a disk that is full.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { issueDevCertificates } from '../../src/certs/issue-dev-certificates.ts'
import { canConfine, confinedCommand } from '../support/confined.ts'
import { ask, killAll, review, serve } from '../support/serve.ts'

let cwd: string

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
  for (const name of ['root', 'certs']) await mkdir(join(cwd, name))
  await put()
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: default }\n'
  await writeFile(join(cwd, 'certs/namespaces.yaml'), namespace)
})
afterEach(async () => {
  killAll()
  await rm(cwd, { recursive: true })
})

async function put(): Promise<void> {
  const pair = await issueDevCertificates({ now: new Date(), hosts: ['localhost', '127.0.0.1'] })
  await writeFile(join(cwd, 'certs/ca.crt'), pair.caCertificate)
  await writeFile(join(cwd, 'certs/tls.crt'), pair.certificate)
  await writeFile(join(cwd, 'certs/tls.key'), pair.key)
}

describe.skipIf(!canConfine('serve where nothing can be written'))('without /tmp', () => {
  test.each([
    ['F7: a root that is read-only', 'read-only'],
    ['F7: a disk that is full', 'full'],
  ] as const)('%s: starts, serves, and takes up another certificate', async (_, how) => {
    const command = confinedCommand(how, { root: join(cwd, 'root'), given: join(cwd, 'certs') })
    const files = '--tls-cert-file /given/tls.crt --tls-private-key-file /given/tls.key'
    const others = '--namespaces /given/namespaces.yaml --drain-seconds 0'
    const args = [...files.split(' '), ...others.split(' ')]
    const served = await serve(args, { cwd, command })
    expect(await ask(served, '/readyz')).toBe(200)
    expect((await review(served)).allowed).toBe(true)
    expect((await review(served, { hostNetwork: true })).allowed).toBe(false)
    await put()
    await expect
      .poll(() => served.stderr(), { timeout: 60_000, interval: 250 })
      .toContain('certificate reloaded')
    served.process.kill('SIGTERM')
    expect(await served.ended).toEqual({ code: 0, signal: null })
  })
})
