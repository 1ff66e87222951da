import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/conformance/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'threads',
    maxWorkers: 2,
    // Thousands of cases: only those that fail, and the counts at the end, are worth a line.
    reporters: [['default', { summary: false }]],
  },
})
