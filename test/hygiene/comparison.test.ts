// docs/comparison.md: each row names a test that there is, or says why there is none.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'

const PAGE = readFileSync(join(ROOT, 'docs/comparison.md'), 'utf8')
const HEAD = /^\| what \|/

interface Row {
  readonly what: string
  readonly here: string
  readonly shown: string
}

/** Rows of all tables, heads and rules left out. */
function rows(): Row[] {
  return PAGE.split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('| ---') && !HEAD.test(line))
    .map((line) => {
      const [what = '', here = '', shown = ''] = line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim())
      return { what, here, shown }
    })
}

/** As a whole string, not as a part of one. */
function hasTitle(path: string, title: string): boolean {
  const file = join(ROOT, path)
  if (!existsSync(file)) return false
  const source = readFileSync(file, 'utf8')
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`))
}

test('docs/comparison.md names a test for what is there, and a reason for what is not', () => {
  const faults = rows().filter(({ here, shown }) => {
    const named = /^`(test\/[\w/.-]+\.test\.ts)`: (.+)$/.exec(shown)
    if (here === 'yes') return named === null || !hasTitle(named[1] ?? '', named[2] ?? '')
    return here !== 'no' || named !== null || shown.length < 10
  })
  expect(faults).toEqual([])
})

test('docs/comparison.md has every command, and no row twice', () => {
  const what = rows().map((row) => row.what)
  expect(new Set(what).size).toBe(what.length)
  expect(what.length).toBeGreaterThan(100)
})
