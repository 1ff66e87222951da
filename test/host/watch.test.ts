import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { watch } from '../../src/host/watch.ts'

let folder: string
let stop: () => void
let heard: string[][]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
  await writeFile(join(folder, 'a.rego'), 'a')
  heard = []
  stop = await watch(
    async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      return entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
    },
    (changed) => heard.push(changed.map((path) => path.slice(folder.length + 1))),
  )
})
afterEach(async () => {
  stop()
  await rm(folder, { recursive: true, force: true })
})

async function hear(count: number): Promise<readonly string[][]> {
  await expect.poll(() => heard.flat().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
  return heard
}

test('tells of a file that is written, added and removed', async () => {
  await writeFile(join(folder, 'a.rego'), 'ab')
  expect(await hear(1)).toEqual([['a.rego']])
  await writeFile(join(folder, 'b.rego'), 'b')
  expect(await hear(2)).toEqual([['a.rego'], ['b.rego']])
  await rm(join(folder, 'a.rego'))
  expect(await hear(3)).toEqual([['a.rego'], ['b.rego'], ['a.rego']])
})

test('tells of a file that is replaced by another of the same size', async () => {
  await writeFile(join(folder, '.a.tmp'), 'b')
  await hear(1)
  heard.length = 0
  await rename(join(folder, '.a.tmp'), join(folder, 'a.rego'))
  expect((await hear(2)).flat().toSorted()).toEqual(['.a.tmp', 'a.rego'])
})

test('tells of files in a directory that is new', async () => {
  await mkdir(join(folder, 'c'))
  await writeFile(join(folder, 'c/d.rego'), 'd')
  expect(await hear(1)).toEqual([['c/d.rego']])
})

test('goes on where the directory is gone for a while', async () => {
  await rename(folder, `${folder}-away`)
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  await rename(`${folder}-away`, folder)
  await writeFile(join(folder, 'a.rego'), 'abc')
  expect((await hear(1)).flat()).toContain('a.rego')
})

test('is silent once it is stopped', async () => {
  stop()
  await writeFile(join(folder, 'a.rego'), 'ab')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(heard).toEqual([])
})
