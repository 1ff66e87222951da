// The checked form of a bundle: what build writes, load returns and the engine runs.
import type { SourceFile } from '../source/source-file.ts'
import type { ExceptionMatch, Match } from './match.ts'

export type Severity = 'low' | 'medium' | 'high' | 'critical'
export type ValidationAction = 'Deny' | 'Warn' | 'Audit'
export type FailurePolicy = 'Fail' | 'Ignore'
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export interface RelatedResource {
  readonly ref: string
  readonly description?: string
}

/** Rego that knows how to find one kind of fault, as it describes itself in its METADATA. */
export interface Policy {
  /** The name of its folder, `host-network`. */
  readonly name: string
  /** In OPA's slash form, `host_network/violation`. */
  readonly entrypoint: string
  readonly title: string
  readonly description: string
  readonly severity: Severity
  readonly remediation: string
  /** `[group/]resource[/subresource]`: `pods`, `apps/deployments`, `pods/ephemeralcontainers`. */
  readonly resources: readonly string[]
  readonly relatedResources: readonly RelatedResource[]
  /** JSON Schema 2020-12 of `input.parameters`: an object, closed, with defaults. */
  readonly parameterSchema: JsonObject
  /** `sha256:` and 64 hex digits, over its Rego and what it may share with others; absent where somebody else built the bundle. */
  readonly sourceDigest?: string
}

/** A policy in use: where it applies, with which parameters, with which action. */
export interface Binding {
  readonly name: string
  readonly policy: Policy
  readonly match: Match
  /** The policy's defaults are applied. */
  readonly parameters: JsonObject
  readonly validationActions: readonly ValidationAction[]
  readonly failurePolicy: FailurePolicy
}

/** A known fault that is let pass for a time, with who answers for it. */
export interface Exception {
  readonly name: string
  readonly binding: string
  readonly match: ExceptionMatch
  readonly owner: string
  readonly reason: string
  /** Its last day in UTC, `2026-12-31`. */
  readonly expires: string
}

/** A bundle, checked against every schema, with references resolved; frozen. */
export interface Bundle {
  readonly name: string
  readonly revision: string
  /** `sha256:` and 64 hex digits, over the archive's bytes. */
  readonly digest: string
  readonly policies: readonly Policy[]
  readonly bindings: readonly Binding[]
  readonly exceptions: readonly Exception[]
  /** The module as compiled, not metered. */
  readonly wasm: Uint8Array
  readonly data: JsonObject
  /** `portcullis.json`, to point at what a later check finds wrong in it. */
  readonly source?: SourceFile
}
