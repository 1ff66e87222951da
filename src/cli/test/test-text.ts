import { gutterWidth, renderFrame } from '../../diagnostic/frame.ts'
import { paint, type Ink, type Style } from '../../diagnostic/paint.ts'
import { printable } from '../../diagnostic/printable.ts'
import { positionAt } from '../../source/source-file.ts'
import { type KindSummary, summarize } from './test-report.ts'
import {
  type Complaint,
  fullName,
  type Note,
  TEST_KINDS,
  type TestKind,
  type TestResult,
} from './test-result.ts'

const KIND_NAMES: Readonly<Record<TestKind, string>> = {
  rego: 'rego tests',
  sample: 'samples',
  suite: 'suite cases',
}

const NOTE_INKS: Readonly<Record<Note['mark'], Ink>> = { '=': 'cyan', '-': 'red', '+': 'green' }

/** Returns what failed, with its source and why, then one line of sums by kind. */
export function renderTestText(results: readonly TestResult[], style: Style): string {
  if (results.length === 0) return ''
  const blocks = results.flatMap((result) => {
    const told = result.complaints.map((each) => renderComplaint(result, each, style))
    if (told.length === 0 || result.output === undefined) return told
    return [...told, renderOutput(result.output)]
  })
  return `${[...blocks, renderSummary(results, style)].join('\n\n')}\n`
}

function renderComplaint(result: TestResult, complaint: Complaint, style: Style): string {
  const ink = result.outcome === 'error' ? 'yellow' : 'red'
  const head = paint(`${result.outcome}[${result.kind}]`, ink, style)
  const title = `${head}${paint(`: ${printable(fullName(result))}: ${printable(complaint.message)}`, 'bold', style)}`
  const at = complaint.at ?? result.at
  const gutter = at === undefined ? 1 : gutterWidth(at.file, at.span)
  const indent = ' '.repeat(gutter)
  const notes = complaint.notes.map(
    ({ mark, text }) => `${indent} ${paint(mark, NOTE_INKS[mark], style)} ${printable(text)}`,
  )
  if (at === undefined) return [title, ...notes].join('\n')
  const { line, column } = positionAt(at.file, at.span.start)
  const arrow = paint('-->', 'blue', style)
  return [
    title,
    `${indent}${arrow} ${printable(at.file.path)}:${line}:${column}`,
    renderFrame(at.file, at.span, undefined, { ...style, gutter, ink }),
    ...notes,
  ].join('\n')
}

function renderOutput(output: string): string {
  const lines = output.trimEnd().split('\n')
  return ['  printed:', ...lines.map((line) => `    ${printable(line)}`)].join('\n')
}

function renderSummary(results: readonly TestResult[], style: Style): string {
  const summary = summarize(results)
  const kinds = TEST_KINDS.filter((kind) => results.some((each) => each.kind === kind))
  return kinds.map((kind) => `${KIND_NAMES[kind]}: ${renderKind(summary[kind], style)}`).join('; ')
}

function renderKind({ passed, failed, skipped, errors }: KindSummary, style: Style): string {
  const parts = [
    paint(`${passed} passed`, failed + errors > 0 ? 'dim' : 'green', style),
    ...(failed === 0 ? [] : [paint(`${failed} failed`, 'red', style)]),
    ...(skipped === 0 ? [] : [paint(`${skipped} skipped`, 'yellow', style)]),
    ...(errors === 0
      ? []
      : [paint(`${errors} ${errors === 1 ? 'error' : 'errors'}`, 'yellow', style)]),
  ]
  return parts.join(', ')
}
