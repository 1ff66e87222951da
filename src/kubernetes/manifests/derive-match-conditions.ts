// What rules cannot say, as a condition in CEL, where every binding is narrower than the rules: the namespaces that it is about,
// and who asks. It must hold for every request that `matchBinding` lets through: a condition that is wrongly false opens the gate,
// so whatever is in doubt makes none. Strings are compared by RE2, which takes time that grows with the text alone.
import type { Binding } from '../../bundle/bundle.ts'
import { matchGlob } from '../../policy/glob.ts'

/** Of a ValidatingWebhookConfiguration. Source: k8s.io/api/admissionregistration/v1 MatchCondition. */
export interface MatchCondition {
  readonly name: string
  /** CEL over `request`. */
  readonly expression: string
}

/** What a binding asks of the request beside its resource. */
interface Narrowing {
  readonly namespaces?: readonly string[]
  readonly excludedNamespaces?: readonly string[]
  readonly users?: readonly string[]
  readonly groups?: readonly string[]
}

const KEYS = ['namespaces', 'excludedNamespaces', 'users', 'groups'] as const

// An API server gives up at a cost of 1,000,000, and refuses the request under `failurePolicy: Fail`. A match costs a tenth of the
// text's length times a quarter of the pattern's: for a name of 1,000 characters and a user in 1,000 groups of 60 characters these
// stay below. Source: k8s.io/apiserver/pkg/apis/cel, PerCallLimit; cel-go, interpreter/runtimecost.go.
const MAX_EXPRESSION_LENGTH = 10_000
const MAX_GROUPS_LENGTH = 400

/**
 * None, or one that is false only for requests that no binding judges: users and groups by the globs of `match`, a namespace
 * likewise, where a request for what is in none (`request.namespace` is not there) is in no `namespaces` and in no
 * `excludedNamespaces`.
 */
export function deriveMatchConditions(bindings: readonly Binding[]): readonly MatchCondition[] {
  const alternatives = mergeNamespaces(bindings.map(({ match }) => narrowingOf(match)))
  if (alternatives.some((each) => Object.keys(each).length === 0)) return []
  if (alternatives.some((each) => KEYS.some((key) => each[key]?.some(isDoubtful)))) return []
  const ofGroups = alternatives.flatMap(({ groups }) => groups ?? [])
  if (ofGroups.length > 0 && patternOf(ofGroups).length > MAX_GROUPS_LENGTH) return []
  const [first = '', ...others] = alternatives.map(expressionOf)
  const expression =
    others.length === 0 ? first : [first, ...others].map((each) => `(${each})`).join(' ||\n')
  if (expression.length > MAX_EXPRESSION_LENGTH) return []
  return [{ name: 'some-binding-applies', expression }]
}

function narrowingOf(match: Narrowing): Narrowing {
  return Object.fromEntries(
    KEYS.flatMap((key) => {
      const globs = match[key]
      // A name may be empty, which a condition sees as none; any run of characters fits it.
      const isAny = key === 'users' && globs?.some((glob) => matchGlob(glob, '')) === true
      return globs === undefined || isAny ? [] : [[key, [...new Set(globs)].toSorted()] as const]
    }),
  )
}

/** Bindings that differ in their namespaces only are one alternative with all of those. */
function mergeNamespaces(narrowings: readonly Narrowing[]): readonly Narrowing[] {
  const merged = new Map<string, Narrowing>()
  for (const each of narrowings) {
    const { namespaces, ...rest } = each
    const alike = JSON.stringify([rest, namespaces === undefined])
    const others = merged.get(alike)?.namespaces ?? []
    merged.set(
      alike,
      namespaces === undefined
        ? each
        : { ...rest, namespaces: [...new Set([...others, ...namespaces])].toSorted() },
    )
  }
  return [...merged.values()]
}

/** What an API server and we could read in two ways: halves of characters, and what stands for bytes that are no UTF-8. */
function isDoubtful(glob: string): boolean {
  return /[\p{Surrogate}\ufffd]/u.test(glob)
}

function expressionOf({ namespaces, excludedNamespaces, users, groups }: Narrowing): string {
  return [
    ...(namespaces === undefined
      ? []
      : [`has(request.namespace) && request.namespace.matches(${patternOf(namespaces)})`]),
    ...(excludedNamespaces === undefined
      ? []
      : [
          `!(has(request.namespace) && request.namespace.matches(${patternOf(excludedNamespaces)}))`,
        ]),
    ...(users === undefined
      ? []
      : [
          `has(request.userInfo.username) && request.userInfo.username.matches(${patternOf(users)})`,
        ]),
    ...(groups === undefined
      ? []
      : [
          `has(request.userInfo.groups) && request.userInfo.groups.exists(group, group.matches(${patternOf(groups)}))`,
        ]),
  ].join(' && ')
}

/** A CEL string of a regular expression that fits what one of the globs fits, and nothing else. */
function patternOf(globs: readonly string[]): string {
  // `s`, since `*` is any run of characters, line breaks too; without `m` the anchors are the ends of the text.
  return quote(`^(?s:${globs.map(regexOf).join('|')})$`)
}

function regexOf(glob: string): string {
  return glob
    .split(/\*+/)
    .map((piece) => piece.replaceAll(/[\\.+?()|[\]{}^$]/g, '\\$&'))
    .join('.*')
}

/** Source: cel-spec, doc/langdef.md, string literals. */
function quote(text: string): string {
  const escaped = text
    .replaceAll(/[\\']/g, '\\$&')
    .replaceAll(
      /[\p{Cc}\u2028\u2029\ufeff]/gu,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  return `'${escaped}'`
}
