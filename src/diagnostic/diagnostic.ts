import type { SourceFile, Span } from '../source/source-file.ts'
import { CATALOGUE, type DiagnosticCode, type Severity } from './catalogue.ts'

/** A place in a file, with what is to be said about it there. */
export interface Label {
  readonly file: SourceFile
  readonly span: Span
  readonly text?: string
}

/** A fault in Rego, in a bundle or in YAML, told to its author: collected and returned, never thrown. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly severity: Severity
  /** One clause, names in backticks, no full stop. */
  readonly message: string
  /** Absent only where no text exists to point at, as in a truncated archive. */
  readonly primary?: Label
  readonly related: readonly Label[]
  /** The next step. */
  readonly help?: string
}

/** Makes a diagnostic with the severity of its code, and the code's own help where none is given. */
export function diagnostic(
  code: DiagnosticCode,
  message: string,
  at?: { readonly primary?: Label; readonly related?: readonly Label[]; readonly help?: string },
): Diagnostic {
  const entry: { readonly severity: Severity; readonly help?: string } = CATALOGUE[code]
  const help = at?.help ?? entry.help
  return {
    code,
    severity: entry.severity,
    message,
    ...(at?.primary === undefined ? {} : { primary: at.primary }),
    related: at?.related ?? [],
    ...(help === undefined ? {} : { help }),
  }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((each) => each.severity === 'error')
}
