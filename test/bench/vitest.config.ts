import { defineConfig } from 'vitest/config'

// Run as tests, not as vitest's own benchmarks: those measure one function after the other, and on a machine with other work
// the ratios would be those of the machine.
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/bench/**/*.bench.ts'],
    disableConsoleIntercept: true,
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
  },
})
