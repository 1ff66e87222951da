import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nodeFiles } from '../../src/host/files.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('readSmall', () => {
  test.each([0, 1, 16 * 1024, 100_000])(
    'reads %i bytes, and not one more than it may',
    async (size) => {
      const path = join(folder, 'file')
      const bytes = Buffer.alloc(size, 'abc')
      await writeFile(path, bytes)
      expect(Buffer.compare(await nodeFiles.readSmall(path, size), bytes)).toBe(0)
      await writeFile(path, Buffer.alloc(size + 1))
      await expect(nodeFiles.readSmall(path, size)).rejects.toMatchObject({ code: 'EFBIG' })
    },
  )

  test('waits for no pipe, and reads nothing that has no end', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    // More than libuv has threads.
    for (let count = 0; count < 8; count++) {
      await expect(nodeFiles.readSmall(pipe, 10)).rejects.toMatchObject({ code: 'EFTYPE' })
    }
    for (const [path, code] of [
      ['/dev/zero', 'EFTYPE'],
      [folder, 'EISDIR'],
      [join(folder, 'none'), 'ENOENT'],
    ] as const) {
      await expect(nodeFiles.readSmall(path, 10)).rejects.toMatchObject({ code })
    }
  })
})
