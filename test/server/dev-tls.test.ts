import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inspectPair } from '../../src/certs/inspect-pair.ts'
import { nodeFiles } from '../../src/host/files.ts'
import { type DevTls, ensureDevTls } from '../../src/server/dev-tls.ts'

let directory: string
const now = new Date()

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'portcullis-')), 'certs')
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

function ensure(hosts: readonly string[] = [], time = now): Promise<DevTls> {
  return ensureDevTls({ files: nodeFiles, now: time, hosts, directory })
}

describe('ensureDevTls', () => {
  test('C4: makes the folder and a pair, the key for the owner only', async () => {
    const made = await ensure()
    expect(made).toMatchObject({ created: true, caPath: join(directory, 'ca.crt') })
    expect((await stat(join(directory, 'tls.key'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(directory, 'tls.crt'), 'utf8')).toBe(made.tls.certificate)
    expect(await readFile(join(directory, 'tls.key'), 'utf8')).toBe(made.tls.key)
  })

  test('uses the pair again while it is valid for the hosts', async () => {
    const made = await ensure(['10.0.0.1', 'webhook.example.com'])
    expect(await ensure(['10.0.0.1'])).toEqual({ ...made, created: false })
    expect((await ensure(['10.0.0.2'])).created).toBe(true)
  })

  test('makes a new one before the old one expires, or when a part is gone', async () => {
    await ensure()
    const day = 24 * 3_600_000
    expect((await ensure([], new Date(+now + 88 * day))).created).toBe(false)
    expect((await ensure([], new Date(+now + 89.5 * day))).created).toBe(true)
    await rm(join(directory, 'ca.crt'))
    expect((await ensure()).created).toBe(true)
    await rm(join(directory, 'tls.key'))
    expect((await ensure()).created).toBe(true)
  })

  test.each([0, 1, 2, 3])(
    'killed after %i of its three files, the next run makes it good',
    async (count) => {
      for (const time of [now, new Date(+now + 365 * 24 * 3_600_000)]) {
        let left = count
        const files = {
          ...nodeFiles,
          write: async (...args: Parameters<typeof nodeFiles.write>) => {
            if (left === 0) throw new Error('killed')
            left--
            await nodeFiles.write(...args)
          },
        }
        await ensureDevTls({ files, now: time, hosts: [], directory }).catch(() => {})
        const made = await ensure([], time)
        inspectPair(made.tls.certificate, made.tls.key, time)
      }
    },
  )

  test.each(['tls.crt', 'ca.crt'])(
    'C4: leaves a %s alone that somebody else made',
    async (name) => {
      await ensure()
      const path = join(directory, name)
      await writeFile(path, 'not ours')
      await expect(ensure()).rejects.toMatchObject({ code: 'certificate-foreign' })
      expect(await readFile(path, 'utf8')).toBe('not ours')
    },
  )

  test('C4: leaves a key alone that has no certificate of ours', async () => {
    await ensure()
    await rm(join(directory, 'tls.crt'))
    await expect(ensure()).rejects.toMatchObject({ code: 'certificate-foreign' })
  })
})
