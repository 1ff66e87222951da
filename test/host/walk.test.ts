import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { walk } from '../../src/host/walk.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), '')
  }
}

const link = (target: string, name: string): Promise<void> => symlink(target, join(folder, name))

function found(accepts: (path: string) => boolean = () => true): string[] {
  return walk(folder, accepts).map((path) => path.slice(folder.length + 1))
}

test('finds files at any depth, sorted, by their path from the directory', async () => {
  await put('b.yaml', 'a/x.yaml', 'a/b/c.yaml', 'a/skip.txt')
  expect(found((path) => path !== 'a/skip.txt')).toEqual(['a/b/c.yaml', 'a/x.yaml', 'b.yaml'])
})

test('finds dot files, and leaves directories that begin with a dot alone', async () => {
  await put('.a.yaml', '.git/b.yaml', 'c/.d.yaml')
  expect(found()).toEqual(['.a.yaml', 'c/.d.yaml'])
})

test('follows links to files and directories, those into dot directories too', async () => {
  await put('.data/a.yaml', '.more/b.yaml')
  await link('.data/a.yaml', 'a.yaml')
  await link('.more', 'more')
  expect(found()).toEqual(['a.yaml', 'more/b.yaml'])
})

test('reads a directory once, however many links lead to it or around it', async () => {
  await put('a/x.yaml')
  await link('.', 'loop')
  await link('../a', 'a/again')
  await link('a', 'b')
  expect(found()).toEqual(['a/x.yaml'])
})

test('finds a link to nowhere where its name is accepted', async () => {
  await link('nowhere', 'x.yaml')
  await link('nowhere', 'y')
  await link('z', 'z')
  expect(found((path) => path.endsWith('.yaml'))).toEqual(['x.yaml'])
})

test('fails for a pipe, behind a link too, where its name is accepted', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')])
  await link('pipe', 'x.yaml')
  expect(found((path) => path.endsWith('.yml'))).toEqual([])
  const pipe = { code: 'EFTYPE', path: join(folder, 'x.yaml') }
  expect(() => found((path) => path.endsWith('.yaml'))).toThrow(expect.objectContaining(pipe))
  expect(() => found((path) => path === 'pipe')).toThrow(
    expect.objectContaining({ code: 'EFTYPE' }),
  )
})

test('fails for a directory that is not there', () => {
  expect(() => walk(join(folder, 'no'), () => true)).toThrow(
    expect.objectContaining({ code: 'ENOENT' }),
  )
})

test('fails for a directory that cannot be read; to root there is none', async () => {
  await put('a.yaml', 'secret/b.yaml')
  await chmod(join(folder, 'secret'), 0)
  const denied = { code: 'EACCES', path: join(folder, 'secret') }
  if (process.getuid?.() === 0) expect(found()).toEqual(['a.yaml', 'secret/b.yaml'])
  else expect(() => found()).toThrow(expect.objectContaining(denied))
  await chmod(join(folder, 'secret'), 0o700)
})
