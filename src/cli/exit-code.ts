/** What every command ends with; docs/cli.md lists them. */
export const EXIT = {
  /** Done, and nothing is denied. */
  clean: 0,
  /** Done, and something is denied. */
  violations: 1,
  /** The job could not be done: usage, unreadable input, invalid bundle, evaluation error. */
  failed: 2,
  /** A bug of ours. */
  internal: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
