import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unifiedDiff } from '../../src/cli/fmt/fmt-diff.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { portcullis, type Run } from '../support/portcullis.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function put(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

const MESSY = 'package a\nx:=1\n'
const NEAT = 'package a\n\nx := 1\n'

describe.skipIf(!hasCompiler('fmt'))('fmt', () => {
  function fmt(args: readonly string[], stdin?: string): Promise<Run> {
    const options = stdin === undefined ? { cwd: folder } : { cwd: folder, stdin }
    return portcullis(['fmt', ...args], options)
  }

  test('writes in place what is laid out otherwise, and leaves nothing beside it', async () => {
    await put('p/a.rego', MESSY)
    await put('p/sub/b_test.rego', NEAT)
    expect(await fmt(['--check', 'p'])).toEqual({ code: 1, stdout: 'p/a.rego\n', stderr: '' })
    expect(await readFile(join(folder, 'p/a.rego'), 'utf8')).toBe(MESSY)
    expect(await fmt(['p'])).toEqual({ code: 0, stdout: 'p/a.rego\n', stderr: '' })
    expect(await readFile(join(folder, 'p/a.rego'), 'utf8')).toBe(NEAT)
    expect(await readdir(join(folder, 'p'))).toEqual(['a.rego', 'sub'])
    expect(await fmt(['--check', 'p'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('--diff shows what would change, and changes nothing', async () => {
    await put('a.rego', MESSY)
    const { code, stdout } = await fmt(['--diff', 'a.rego'])
    expect(code).toBe(1)
    expect(stdout).toBe('--- a.rego\n+++ a.rego\n@@ -1,2 +1,3 @@\n package a\n-x:=1\n+\n+x := 1\n')
    expect(await readFile(join(folder, 'a.rego'), 'utf8')).toBe(MESSY)
  })

  test('- takes standard input to standard output', async () => {
    expect(await fmt(['-'], MESSY)).toEqual({ code: 0, stdout: NEAT, stderr: '' })
    expect((await fmt(['--check', '-'], MESSY)).code).toBe(1)
  })

  test('what is no Rego: exit 2 with its place, and the others are laid out', async () => {
    await put('p/a.rego', MESSY)
    await put('p/b.rego', 'package b\nx := [1\n')
    const { code, stderr } = await fmt(['p'])
    expect(code).toBe(2)
    expect(stderr).toContain('error[rego/parse]')
    expect(stderr).toContain('p/b.rego:3:1')
    expect(await readFile(join(folder, 'p/a.rego'), 'utf8')).toBe(NEAT)
  })

  test.each([
    [['no-such'], 'there is no file or directory `no-such`'],
    [['.'], 'there is no .rego file below `.`'],
    [['-', 'x'], '`-` stands alone'],
  ])('%j: exit 2', async (args, message) => {
    const { code, stderr } = await fmt(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('unifiedDiff', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd', '')
  const text = fc
    .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
    .map(([lines, ends]) => lines.join('\n') + (ends && lines.length > 0 ? '\n' : ''))

  test('is a patch that `patch` makes the second text of the first with', async () => {
    const path = join(folder, 'x')
    const pairs = fc.sample(fc.tuple(text, text), { numRuns: 60, seed: 1 })
    for (const [before, after] of pairs) {
      const diff = unifiedDiff('x', before, after)
      if (before === after) {
        expect(diff).toBe('')
        continue
      }
      await writeFile(path, before)
      execFileSync('patch', ['-s', '--posix', '-d', folder, '-p0', 'x'], { input: diff })
      expect(await readFile(path, 'utf8').catch(() => '')).toBe(after)
    }
  })
})
