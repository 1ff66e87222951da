import type { DiagnosticCode } from '../diagnostic/catalogue.ts'

/**
 * Thrown inside the readers of gzip and tar, where nothing after the first fault has a meaning; `readBundle` turns it into
 * a diagnostic.
 */
export class ArchiveFault extends Error {
  readonly code: DiagnosticCode
  readonly help: string | undefined

  constructor(code: DiagnosticCode, message: string, help?: string) {
    super(message)
    this.code = code
    this.help = help
  }
}
