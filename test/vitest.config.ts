import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/conformance/**', 'test/e2e/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A file has a process to itself: some tests count what theirs holds, open files and CPU time.
    pool: 'forks',
    maxWorkers: 2,
  },
})
