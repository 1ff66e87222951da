// Go's own answer, to compare with: runs one of the small programs under test/builtins/go.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program's output for the `lines` given on its standard input. */
export function runGo(program: string, lines: readonly string[]): string[] {
  const file = fileURLToPath(new URL(`go/${program}/main.go`, import.meta.url))
  const run = spawnSync('go', ['run', file], {
    input: lines.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' },
  })
  if (run.status !== 0) throw new Error(`${program}: ${run.stderr}`)
  return run.stdout.split('\n').slice(0, -1)
}
