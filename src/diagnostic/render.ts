import { positionAt } from '../source/source-file.ts'
import type { Diagnostic, Label } from './diagnostic.ts'
import { gutterWidth, renderFrame } from './frame.ts'
import { paint, type Style } from './paint.ts'
import { printable } from './printable.ts'

/** Returns the diagnostic as a person reads it: code and message, each place with its source, the next step. */
export function renderDiagnostic(d: Diagnostic, style: Style): string {
  const ink = d.severity === 'error' ? 'red' : 'yellow'
  const lines = [
    `${paint(`${d.severity}[${d.code}]`, ink, style)}${paint(`: ${printable(d.message)}`, 'bold', style)}`,
  ]
  const labels = [...(d.primary === undefined ? [] : [d.primary]), ...d.related]
  const gutter = Math.max(1, ...labels.map((label) => gutterWidth(label.file, label.span)))
  const indent = ' '.repeat(gutter)
  for (const label of labels) {
    const isPrimary = label === d.primary
    lines.push(`${indent}${paint(isPrimary ? '-->' : ':::', 'blue', style)} ${placeOf(label)}`)
    const marker = isPrimary ? '^' : '-'
    lines.push(
      renderFrame(label.file, label.span, label.text, {
        ...style,
        gutter,
        marker,
        ink: isPrimary ? ink : 'blue',
      }),
    )
  }
  if (d.help !== undefined) {
    lines.push(`${indent} ${paint('= help:', 'cyan', style)} ${printable(d.help)}`)
  }
  return lines.join('\n')
}

function placeOf(label: Label): string {
  const { line, column } = positionAt(label.file, label.span.start)
  return `${printable(label.file.path)}:${line}:${column}`
}
