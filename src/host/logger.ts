import { destination, pino } from 'pino'
import type { LogLevel, LogLevelControl } from './log-level.ts'

export type { LogLevel }

export type LogFields = Readonly<Record<string, unknown>>

/** One line a call. Fields never hold content of an object under judgement. */
export interface Logger {
  readonly debug: (message: string, fields?: LogFields) => void
  readonly info: (message: string, fields?: LogFields) => void
  readonly warn: (message: string, fields?: LogFields) => void
  readonly error: (message: string, fields?: LogFields) => void
}

/** JSON lines on stderr: `level`, `time`, `msg` and the fields; what is still buffered is written at exit. */
export function nodeLogger(level: LogLevel): Logger & LogLevelControl {
  const lines = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    // A slow reader of stderr must not hold up the requests.
    destination({ dest: 2, sync: false }),
  )
  return {
    debug: (message, fields) => lines.debug(fields ?? {}, message),
    info: (message, fields) => lines.info(fields ?? {}, message),
    warn: (message, fields) => lines.warn(fields ?? {}, message),
    error: (message, fields) => lines.error(fields ?? {}, message),
    level: () => lines.level as LogLevel,
    setLevel: (next) => {
      lines.level = next
    },
  }
}
