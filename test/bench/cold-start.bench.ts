// What a command takes from nothing to its end, beside a program that does nothing.
import { spawnSync } from 'node:child_process'
import { test } from 'vitest'
import { median, printTable } from './rounds.ts'

const RUNS = 10
const COMMANDS: readonly (readonly string[])[] = [
  ['-e', '0'],
  ['dist/cli/main.js', '--version'],
  ['dist/cli/main.js', 'check', 'docs/examples/shop.yaml'],
  ['dist/cli/main.js', 'fmt', '--check', 'policies'],
  ['dist/cli/main.js', 'lint', 'policies'],
]

test('cold start', () => {
  const times = COMMANDS.map((): number[] => [])
  for (let round = 0; round < RUNS; round++) {
    for (const [index, command] of COMMANDS.entries()) {
      const start = performance.now()
      spawnSync(process.execPath, [...command])
      times[index]!.push(performance.now() - start)
    }
  }
  const node = median(times[0]!)
  printTable(
    `Cold start: medians of ${RUNS} in ms; ratio to an empty program`,
    COMMANDS.map((command, index) => ({
      command: `node ${command.join(' ')}`,
      ms: median(times[index]!).toFixed(0),
      ratio: (median(times[index]!) / node).toFixed(1),
    })),
  )
})
