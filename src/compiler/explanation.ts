import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { type Location, type NamedValue, type Place, toLocation } from './answer.ts'

/** What became of the rules of a set. */
export interface Explanation {
  readonly members: readonly ExplainedMember[]
  /** Rules that yielded nothing: those of the set, and of the sets that its members come from. */
  readonly others: readonly RuleAccount[]
  /** Set where the evaluation was longer than what is kept of it. */
  readonly isCut: boolean
}

export interface ExplainedMember {
  /** As JSON has it. */
  readonly value: unknown
  /** The rules it went through, from the set's own to the one that made it. */
  readonly rules: readonly FiredRule[]
}

export interface FiredRule {
  /** `container_limits.violation` */
  readonly name: string
  readonly location?: Location
  /** The expressions of its body, all of which held. */
  readonly steps: readonly FiredStep[]
}

export interface FiredStep {
  readonly location?: Location
  readonly values: readonly NamedValue[]
}

export interface RuleAccount {
  readonly name: string
  readonly location?: Location
  /** `arguments`: those of a function do not fit; `unreached`: it was not evaluated, or nothing of it is known. */
  readonly outcome: 'held' | 'failed' | 'arguments' | 'unreached'
  /** The expression past which no way of evaluating the rule led. */
  readonly failedAt?: Location
  /** The one within, where that is an `every`. */
  readonly innerAt?: Location
  /** The values of the first ways that led there. */
  readonly attempts: readonly (readonly NamedValue[])[]
  /** How many ways led there. */
  readonly times: number
  /** The rules for which it failed: those that did not hold, or that did, where the expression is negated. */
  readonly because: readonly RuleAccount[]
}

export interface ExplainResult {
  readonly explanation?: Explanation
  /** Why the evaluation stopped. */
  readonly error?: string
  readonly diagnostics: readonly Diagnostic[]
}

/** The Go module's answer, explain.go. */
export interface RawExplanation {
  readonly members: readonly { readonly value: unknown; readonly rules: readonly RawFired[] }[]
  readonly others: readonly RawAccount[]
  readonly cut?: boolean
}

interface RawFired {
  readonly rule: string
  readonly place?: Place
  readonly steps: readonly { readonly place?: Place; readonly values: readonly NamedValue[] }[]
}

interface RawAccount {
  readonly rule: string
  readonly place?: Place
  readonly outcome: RuleAccount['outcome']
  readonly failed?: Place
  readonly inner?: Place
  readonly attempts?: readonly (readonly NamedValue[])[]
  readonly times?: number
  readonly because?: readonly RawAccount[]
}

export function toExplanation(raw: RawExplanation, sources: readonly SourceFile[]): Explanation {
  const at = (place: Place | undefined): { location?: Location } => {
    const location = toLocation(place, sources)
    return location === undefined ? {} : { location }
  }
  const account = (each: RawAccount): RuleAccount => {
    const failedAt = toLocation(each.failed, sources)
    const innerAt = toLocation(each.inner, sources)
    return {
      name: each.rule,
      ...at(each.place),
      outcome: each.outcome,
      ...(failedAt === undefined ? {} : { failedAt }),
      ...(innerAt === undefined ? {} : { innerAt }),
      attempts: each.attempts ?? [],
      times: each.times ?? 0,
      because: (each.because ?? []).map(account),
    }
  }
  return {
    members: raw.members.map(({ value, rules }) => ({
      value,
      rules: rules.map(({ rule, place, steps }) => ({
        name: rule,
        ...at(place),
        steps: steps.map((step) => ({ ...at(step.place), values: step.values })),
      })),
    })),
    others: raw.others.map(account),
    isCut: raw.cut ?? false,
  }
}
