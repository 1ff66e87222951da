import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import { renderDiagnostic } from '../diagnostic/render.ts'
import type { Host, Output } from '../host/host.ts'

/** Writes diagnostics to stderr, and how many errors there were. */
export async function writeDiagnostics(
  diagnostics: readonly Diagnostic[],
  host: Host,
): Promise<void> {
  if (diagnostics.length === 0) return
  const style = { color: wantsColor(host.stderr, host) }
  for (const each of diagnostics) await host.stderr.write(`${renderDiagnostic(each, style)}\n`)
  const errors = diagnostics.filter((each) => each.severity === 'error').length
  const warnings = diagnostics.length - errors
  const parts = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
  ]
  await host.stderr.write(`${parts.join(', ')}\n`)
}

/** Colour only on a terminal, and never where NO_COLOR is set (https://no-color.org). */
export function wantsColor(output: Output, host: Host): boolean {
  const { NO_COLOR, TERM } = host.environment
  return output.isTerminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}
