/** What `test -o` writes. */
export const TEST_FORMATS = ['text', 'json', 'junit'] as const
export type TestFormat = (typeof TEST_FORMATS)[number]

/** What `test --coverage` writes. */
export const COVERAGE_FORMATS = ['text', 'json', 'lcov'] as const
export type CoverageFormat = (typeof COVERAGE_FORMATS)[number]
