// Bindings whose conditions exclude each other, so that no request meets them.
import type { Binding } from '../../bundle/bundle.ts'
import type { LabelSelector, Match } from '../../bundle/match.ts'
import type { Path } from '../../bundle/place.ts'
import { matchGlob } from '../glob.ts'
import { asks } from './coverage.ts'
import { type Finding, findingAt, type LintSubject } from './finding.ts'

interface Contradiction {
  readonly why: string
  readonly path: Path
}

export function findUnreachable(subject: LintSubject): readonly Finding[] {
  return subject.bundle.bindings.flatMap((binding) => {
    const found = contradictionIn(binding)
    if (found === undefined) return []
    const at = { kind: 'binding', name: binding.name } as const
    const message = `binding \`${binding.name}\` can never match: ${found.why}`
    return [findingAt(subject, 'lint/never-matches', at, message, ['match', ...found.path])]
  })
}

function contradictionIn({ match, policy }: Binding): Contradiction | undefined {
  const { namespaces, excludedNamespaces = [], operations, resourceRules } = match
  // A star of one glob takes the star of another as it takes any text, so this holds for whole globs.
  const left = namespaces?.filter(
    (glob) => !excludedNamespaces.some((excluded) => matchGlob(excluded, glob)),
  )
  if (left?.length === 0) {
    return {
      why: 'each of its `namespaces` is among `excludedNamespaces`',
      path: ['excludedNamespaces'],
    }
  }
  if (namespaces !== undefined && resourceRules?.every(({ scope }) => scope === 'Cluster')) {
    const why = '`namespaces` fit no cluster-scoped request, and its rules fit no other'
    return { why, path: ['namespaces'] }
  }
  const ofRules = resourceRules?.map((rule) => rule.operations)
  if (
    operations !== undefined &&
    ofRules?.every(
      (each) => each !== undefined && !each.some((operation) => operations.includes(operation)),
    )
  ) {
    const why = 'none of its `operations` is one of its `resourceRules`'
    return { why, path: ['operations'] }
  }
  if (!policy.resources.some((each) => asks(match, each))) {
    const why = 'all that its policy understands is left out'
    return {
      why,
      path: [match.excludeResourceRules === undefined ? 'resourceRules' : 'excludeResourceRules'],
    }
  }
  return selectorContradiction(match)
}

function selectorContradiction(match: Match): Contradiction | undefined {
  for (const key of ['namespaceSelector', 'objectSelector'] as const) {
    const label = contradictoryLabel(match[key] ?? {})
    if (label === undefined) continue
    return { why: `no value of the label \`${label}\` fits its \`${key}\``, path: [key] }
  }
  const names = valuesOf(match.namespaceSelector ?? {}, 'kubernetes.io/metadata.name')
  const { namespaces, excludedNamespaces = [] } = match
  const fits = (name: string): boolean =>
    (namespaces?.some((glob) => matchGlob(glob, name)) ?? true) &&
    !excludedNamespaces.some((glob) => matchGlob(glob, name))
  // Of a Namespace itself a selector looks at the labels, and a cluster-scoped object fits every selector.
  if (names === undefined || namespaces === undefined || names.some(fits)) return undefined
  const why = 'the namespaces that its `namespaceSelector` names are not among its `namespaces`'
  return { why, path: ['namespaceSelector'] }
}

function contradictoryLabel(selector: LabelSelector): string | undefined {
  const expressions = selector.matchExpressions ?? []
  const keys = new Set([
    ...Object.keys(selector.matchLabels ?? {}),
    ...expressions.map(({ key }) => key),
  ])
  return [...keys].find((key) => {
    const mine = expressions.filter((each) => each.key === key)
    const values = valuesOf(selector, key)
    if (values?.length === 0) return true
    const isAbsent = mine.some(({ operator }) => operator === 'DoesNotExist')
    return isAbsent && (values !== undefined || mine.some(({ operator }) => operator === 'Exists'))
  })
}

/** The values that a label may have; undefined: any, or none. */
function valuesOf(selector: LabelSelector, key: string): readonly string[] | undefined {
  const expressions = (selector.matchExpressions ?? []).filter((each) => each.key === key)
  const exact = Object.entries(selector.matchLabels ?? {}).find(([name]) => name === key)?.[1]
  const allowed = [
    ...(exact === undefined ? [] : [[exact]]),
    ...expressions.filter(({ operator }) => operator === 'In').map(({ values = [] }) => values),
  ]
  const forbidden = expressions
    .filter(({ operator }) => operator === 'NotIn')
    .flatMap(({ values = [] }) => values)
  const [first, ...others] = allowed
  return first?.filter(
    (value) => others.every((each) => each.includes(value)) && !forbidden.includes(value),
  )
}
