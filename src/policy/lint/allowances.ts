// `# lint-allow CODE: reason` says that a finding is meant. In bundle.yaml it stands above or in a binding or exception, and
// holds for that and for the policy of that binding; in a policy's Rego it holds for the policy.
import { CATALOGUE, type DiagnosticCode } from '../../diagnostic/catalogue.ts'
import { type Diagnostic, diagnostic } from '../../diagnostic/diagnostic.ts'
import { nodeAt } from '../../bundle/place.ts'
import { positionAt, type SourceFile, type Span } from '../../source/source-file.ts'
import type { Finding, LintSubject, Subject } from './finding.ts'

export interface Allowed {
  readonly finding: Finding
  readonly reason: string
}

interface Allowance {
  readonly code: string
  readonly reason: string
  readonly subjects: readonly Subject[]
  readonly file: SourceFile
  readonly span: Span
}

/** Parts findings from those that are meant; an allowance that is wrong, or that allows nothing, is itself told of. */
export function applyAllowances(
  findings: readonly Finding[],
  subject: LintSubject,
): {
  findings: readonly Finding[]
  allowed: readonly Allowed[]
  diagnostics: readonly Diagnostic[]
} {
  const allowances = [...inBundleFile(subject), ...inRego(subject)]
  const used = new Set<Allowance>()
  const allowed: Allowed[] = []
  const left = findings.filter((finding) => {
    const fitting = allowances.filter((each) => covers(each, finding))
    const [first] = fitting
    if (first === undefined) return true
    for (const each of fitting) used.add(each)
    allowed.push({ finding, reason: first.reason })
    return false
  })
  const diagnostics = allowances.filter((each) => !used.has(each)).map(tellUseless)
  return { findings: left, allowed, diagnostics }
}

function covers(
  { code, reason, subjects }: Allowance,
  { diagnostic: d, subject }: Finding,
): boolean {
  return (
    reason !== '' &&
    code === d.code &&
    subjects.some(({ kind, name }) => kind === subject.kind && name === subject.name)
  )
}

function tellUseless({ code, reason, file, span }: Allowance): Diagnostic {
  const isKnown = Object.keys(CATALOGUE).includes(code)
  const message = !isKnown
    ? `\`${code}\` is no code of a finding`
    : reason === ''
      ? `\`lint-allow ${code}\` gives no reason`
      : `\`lint-allow ${code}\` allows nothing: there is no such finding here`
  const at: DiagnosticCode = 'lint/useless-allowance'
  return diagnostic(at, message, { primary: { file, span } })
}

function inBundleFile({ place, bundle }: LintSubject): readonly Allowance[] {
  if (place === undefined) return []
  const { file, root, path } = place
  const lines = (key: string): readonly number[] =>
    (nodeAt(root, [...path, key])?.items ?? []).map(({ span }) => positionAt(file, span.start).line)
  const items = [
    ...lines('bindings').map((line, index) => ({ line, subjects: ofBinding(index) })),
    ...lines('exceptions').map((line, index) => ({ line, subjects: ofException(index) })),
  ].toSorted((a, b) => a.line - b.line)
  function ofBinding(index: number): readonly Subject[] {
    const binding = bundle.bindings[index]
    if (binding === undefined) return []
    return [
      { kind: 'binding', name: binding.name },
      { kind: 'policy', name: binding.policy.name },
    ]
  }
  function ofException(index: number): readonly Subject[] {
    const exception = bundle.exceptions[index]
    return exception === undefined ? [] : [{ kind: 'exception', name: exception.name }]
  }
  const text = file.text.split(/\r\n|\n|\r/)
  return comments(file).map((each) => {
    let next = each.line + 1
    while (/^\s*(?:#|$)/.test(text[next - 1] ?? 'end')) next++
    const item =
      items.find(({ line }) => line === next) ?? items.findLast(({ line }) => line <= each.line)
    return { ...each, subjects: item?.subjects ?? [] }
  })
}

function inRego({ rego }: LintSubject): readonly Allowance[] {
  return [...(rego ?? [])].flatMap(([name, [own]]) =>
    own === undefined
      ? []
      : comments(own).map((each) => ({ ...each, subjects: [{ kind: 'policy', name } as const] })),
  )
}

function comments(file: SourceFile): readonly (Omit<Allowance, 'subjects'> & { line: number })[] {
  const found = file.text.matchAll(
    /^[ \t]*(#[ \t]*lint-allow\b[ \t]*([^\s:]*)[ \t]*:?[ \t]*([^\r\n]*))$/gm,
  )
  return [...found].map(({ 0: whole, 1: comment = '', 2: code = '', 3: reason = '', index }) => {
    const start = index + whole.indexOf('#')
    return {
      code,
      reason: reason.trim(),
      file,
      span: { start, end: start + comment.length },
      line: positionAt(file, start).line,
    }
  })
}
