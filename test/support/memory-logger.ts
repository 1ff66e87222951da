import type { LogFields, Logger } from '../../src/host/logger.ts'

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

export function memoryLogger(log: LogLine[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      log.push({ level, message, fields })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
