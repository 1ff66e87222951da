// Apart from the logger, so that naming the levels does not load it.

/** From the most to the least that is logged. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** The level while the process runs. */
export interface LogLevelControl {
  readonly level: () => LogLevel
  readonly setLevel: (level: LogLevel) => void
}
