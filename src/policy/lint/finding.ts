import type { Bundle } from '../../bundle/bundle.ts'
import { labelAt, type Path, type Place } from '../../bundle/place.ts'
import type { DiagnosticCode } from '../../diagnostic/catalogue.ts'
import { type Diagnostic, diagnostic, type Label } from '../../diagnostic/diagnostic.ts'
import type { SourceFile } from '../../source/source-file.ts'

/** What a finding is about, and where someone may have written that it is meant so. */
export type Subject =
  | { readonly kind: 'binding'; readonly name: string }
  | { readonly kind: 'exception'; readonly name: string }
  | { readonly kind: 'policy'; readonly name: string }

export interface Finding {
  readonly diagnostic: Diagnostic
  readonly subject: Subject
}

export interface LintSubject {
  readonly bundle: Pick<Bundle, 'policies' | 'bindings' | 'exceptions'>
  /** `spec` of bundle.yaml; absent for an archive, whose findings have no place. */
  readonly place?: Place
  /** Of each policy, by name: its own Rego first, then what that refers to. Absent for an archive. */
  readonly rego?: ReadonlyMap<string, readonly SourceFile[]>
  readonly now: Date
}

/** A finding about a binding or an exception, at a path below it. */
export function findingAt(
  { place, bundle }: LintSubject,
  code: DiagnosticCode,
  subject: Exclude<Subject, { readonly kind: 'policy' }>,
  message: string,
  path: Path = ['name'],
): Finding {
  const key = subject.kind === 'binding' ? 'bindings' : 'exceptions'
  const index = bundle[key].findIndex(({ name }) => name === subject.name)
  const primary = place === undefined ? undefined : labelAt(place, [key, index, ...path])
  return { diagnostic: diagnostic(code, message, primary && { primary }), subject }
}

/** A finding about a policy, at a place in its Rego if there is any. */
export function findingIn(
  policy: string,
  code: DiagnosticCode,
  message: string,
  primary: Label | undefined,
): Finding {
  return {
    diagnostic: diagnostic(code, message, primary && { primary }),
    subject: { kind: 'policy', name: policy },
  }
}
