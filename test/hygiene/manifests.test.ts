// manifests/ is what `portcullis manifests` writes, byte for byte: `npm run docs` after a change.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { nodeHost } from '../../src/host/host.ts'
import { ROOT } from '../support/portcullis.ts'

/** Written by hand: these are not of an installation. */
const BY_HAND = /^(?:README\.md|Dockerfile.*|monitoring\/.*|.*\/certs\/.*)$/

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted()
}

test('manifests/ is what `portcullis manifests` writes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-manifests-'))
  try {
    const silent = { isTerminal: false, write: () => Promise.resolve() }
    const host = { ...nodeHost(), stdout: silent, stderr: silent }
    expect(await run(['manifests', '-o', folder], host)).toBe(0)
    for (const path of filesBelow(folder)) {
      const text = await readFile(join(folder, path), 'utf8')
      await expect(text).toMatchFileSnapshot(join(ROOT, 'manifests', path))
    }
    const checkedIn = filesBelow(join(ROOT, 'manifests')).filter((path) => !BY_HAND.test(path))
    expect(checkedIn).toEqual(filesBelow(folder))
  } finally {
    await rm(folder, { recursive: true })
  }
})
