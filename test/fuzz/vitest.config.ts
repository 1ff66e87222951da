// npm run fuzz -- [--runs N] [--seed S] [--run K]
import { parseArgs } from 'node:util'
import { defineConfig } from 'vitest/config'

declare module 'vitest' {
  interface ProvidedContext {
    readonly fuzz: { readonly seed: number; readonly first: number; readonly count: number }
  }
}

// What stands behind `--` is left alone by vitest.
const end = process.argv.indexOf('--')
const { values } = parseArgs({
  args: end === -1 ? [] : process.argv.slice(end + 1),
  options: {
    runs: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '20261121' },
    // Only this one of the seed's runs.
    run: { type: 'string' },
  },
})

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/fuzz/**/*.fuzz.ts'],
    disableConsoleIntercept: true,
    pool: 'forks',
    testTimeout: 0,
    provide: {
      fuzz: {
        seed: readNumber('seed', values.seed),
        first: values.run === undefined ? 0 : readNumber('run', values.run),
        count: values.run === undefined ? readNumber('runs', values.runs, 1) : 1,
      },
    },
  },
})

function readNumber(name: string, text: string, least = 0): number {
  const value = Number(text)
  if (/^[0-9]+$/.test(text) && value >= least && value < 2 ** 32) return value
  throw new Error(`--${name} takes a number from ${least} to 4294967295, got ${text}`)
}
