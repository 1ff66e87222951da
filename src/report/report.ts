// A run's findings as `check -o json` prints them: the shape is an interface others build on, so members are only added.
import type { RelatedResource, Severity, ValidationAction } from '../bundle/bundle.ts'
import type { SkipReason } from '../policy/outcome.ts'

export const REPORT_API_VERSION = 'portcullis.dev/v1'

/** `clean`, `violations` or `failed` where not everything could be judged, or nothing was there to judge. */
export type Verdict = 'clean' | 'violations' | 'failed'

export interface Report {
  readonly apiVersion: typeof REPORT_API_VERSION
  readonly kind: 'Report'
  readonly tool: { readonly name: 'portcullis'; readonly version: string }
  /** Set where the objects are a live cluster's: `file` is then `namespace/kind/name`, and every line and column 1. */
  readonly cluster?: ReportCluster
  /** Null where no bundle could be loaded. */
  readonly bundle: { readonly name: string; readonly digest: string } | null
  readonly verdict: Verdict
  /** The mildest action that makes a finding a violation. */
  readonly failOn: ValidationAction
  readonly summary: ReportSummary
  /** Everything in the bundle, found at fault or not; in the bundle's order. */
  readonly policies: readonly ReportPolicy[]
  readonly bindings: readonly ReportBinding[]
  /** Every exception from these bindings, with what came of it; in the bundle's order. */
  readonly exceptions: readonly ReportExceptionUse[]
  /** What was judged, by file, line and column. */
  readonly resources: readonly JudgedResource[]
  /** By file, line, column and binding; one a violation and action. */
  readonly findings: readonly ReportFinding[]
  /** What was found and does not count, with who says so; as if it led to the gravest of its binding's actions. */
  readonly suppressed: readonly SuppressedFinding[]
  readonly errors: readonly ReportError[]
}

export interface ReportCluster {
  /** The API server's URL. */
  readonly server: string
}

export interface ReportSummary {
  readonly resources: number
  readonly bindings: number
  /** Pairs of a resource and a binding that does not match it. */
  readonly skipped: number
  readonly skippedBy: Readonly<Partial<Record<SkipReason, number>>>
  readonly deny: number
  readonly warn: number
  readonly audit: number
  readonly suppressed: number
  readonly errors: number
}

export interface ReportPolicy {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly severity: Severity
  readonly remediation: string
  readonly relatedResources: readonly RelatedResource[]
}

export interface ReportBinding {
  readonly name: string
  readonly policy: string
  readonly validationActions: readonly ValidationAction[]
}

export interface ReportResource {
  readonly apiVersion: string
  readonly kind: string
  /** Empty where the file names none. */
  readonly namespace: string
  readonly name: string
}

/** A stretch of a file's text. */
export interface ReportPlace {
  readonly file: string
  /** From 1; columns count UTF-16 code units; the end is the first place past the text. */
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export interface JudgedResource extends ReportResource {
  readonly file: string
  /** Where the object says what it is called. */
  readonly line: number
  readonly column: number
  /** As for a finding. */
  readonly rendered: ReportPlace | null
  /** Names of the bindings that judged it, or tried to; in the bundle's order. */
  readonly matched: readonly string[]
  /** Names of the bindings that left it alone, by the reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, readonly string[]>>>
}

export interface ReportFinding extends ReportPlace {
  readonly binding: string
  readonly policy: string
  readonly action: ValidationAction
  readonly severity: Severity
  readonly message: string
  /** Keys from the object's root; empty where the policy names no place in it. */
  readonly path: readonly (string | number)[]
  /**
   * Where Helm made the object of a chart's file, the place in what was rendered; the finding itself then names that file and
   * its beginning, as which line there is to blame cannot be told. Else null.
   */
  readonly rendered: ReportPlace | null
  readonly resource: ReportResource
  /** Which of the report's `resources` it is. */
  readonly resourceIndex: number
  readonly remediation: string
  /** The same from run to run, wherever in the file the violation moves; not unique within one. */
  readonly fingerprint: string
}

export interface SuppressedFinding extends ReportFinding {
  readonly suppression: ReportSuppression
}

/** Why a finding does not count: it is known in the baseline, or an exception of the bundle lets it pass. */
export type ReportSuppression = { readonly kind: 'baseline' } | ReportException

/** An exception of the bundle. */
export interface ReportException {
  readonly kind: 'exception'
  readonly name: string
  readonly owner: string
  readonly reason: string
  /** Its last day in UTC, `2026-12-31`. */
  readonly expires: string
}

/** An exception of the bundle, and what it did in this run. */
export interface ReportExceptionUse extends Omit<ReportException, 'kind'> {
  readonly binding: string
  /** Whether its last day was over: it then lets nothing pass. */
  readonly expired: boolean
  /** Objects that its binding judged and that it is about. */
  readonly matched: number
  /** Findings that it let pass. */
  readonly used: number
}

export interface ReportError {
  /** A diagnostic's code, `evaluation/` and why a policy could not be evaluated, or `job/` and what stopped the run. */
  readonly code: string
  readonly message: string
  /** Null where there is no place to show. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  /** Which binding could not judge which of the report's `resources`; null where it is not about one. */
  readonly binding: string | null
  readonly resourceIndex: number | null
}
