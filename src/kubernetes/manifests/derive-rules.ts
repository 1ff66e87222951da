// The rules of the webhook, from what the bindings of a bundle can touch: whatever a binding would judge is asked about. What a
// rule cannot say (names, labels, namespaces, users) makes none narrower.
import type { Binding } from '../../bundle/bundle.ts'
import type { Operation } from '../../bundle/match.ts'
import { parseResourceName } from '../../bundle/resource-name.ts'
import { ALL_OPERATIONS } from '../../policy/match.ts'
import { mayMatch } from '../../policy/may-match.ts'
import { scopeOf } from '../resource-of.ts'
import { ANY_VERSION, servedVersions } from './served-versions.ts'

/** Of a ValidatingWebhookConfiguration. Source: k8s.io/api/admissionregistration/v1 RuleWithOperations. */
export interface AdmissionRule {
  readonly apiGroups: readonly [string]
  readonly apiVersions: readonly string[]
  /** Each by its name, subresources too: `pods`, `pods/resize`. */
  readonly resources: readonly string[]
  readonly operations: readonly Operation[]
  readonly scope: 'Cluster' | 'Namespaced' | '*'
}

/** Sorted, and as few as that allows; none where no binding can judge anything. */
export function deriveRules(bindings: readonly Binding[]): readonly AdmissionRule[] {
  const names = new Set(bindings.flatMap(({ policy }) => policy.resources))
  const rules = new Map<string, AdmissionRule>()
  for (const name of [...names].toSorted()) {
    const rule = ruleFor(name, bindings)
    if (rule === undefined) continue
    const { resources, ...rest } = rule
    const alike = JSON.stringify(rest)
    const others = rules.get(alike)?.resources ?? []
    rules.set(alike, { ...rule, resources: [...others, ...resources].toSorted() })
  }
  return [...rules.values()].toSorted((a, b) => compare(sortKey(a), sortKey(b)))
}

/** Undefined where no binding is about the resource. */
function ruleFor(name: string, bindings: readonly Binding[]): AdmissionRule | undefined {
  const { group, resource, subresource } = parseResourceName(name)
  const path = subresource === '' ? resource : `${resource}/${subresource}`
  const concerned = bindings.filter(({ policy }) => policy.resources.includes(name))
  const own = scopeOf({ group, resource })
  const scopes = own === undefined ? (['Cluster', 'Namespaced'] as const) : [own]
  const versions = new Set<string>()
  const operations = new Set<Operation>()
  const touched = new Set<'Cluster' | 'Namespaced'>()
  for (const binding of concerned) {
    const known = [...servedVersions({ group, resource }), ...namedVersions(binding)]
    for (const each of scopes) {
      for (const operation of ALL_OPERATIONS) {
        const mayTouch = (version: string): boolean =>
          mayMatch(
            binding,
            { group, version, resource, subresource, namespaced: each === 'Namespaced' },
            operation,
          )
        const own = known.filter(mayTouch)
        // Where all that we know are excluded, there may be others.
        const matching = own.length > 0 ? own : [ANY_VERSION].filter(mayTouch)
        if (matching.length === 0) continue
        for (const version of matching) versions.add(version)
        operations.add(operation)
        touched.add(each)
      }
    }
  }
  const [scope, ...others] = touched
  if (scope === undefined) return undefined
  return {
    apiGroups: [group],
    apiVersions: versions.has(ANY_VERSION) ? [ANY_VERSION] : [...versions].toSorted(),
    resources: [path],
    operations: ALL_OPERATIONS.filter((each) => operations.has(each)),
    scope: others.length > 0 ? '*' : scope,
  }
}

/** A version that is served no more, or not yet, is asked about where a binding names it. */
function namedVersions({ match }: Binding): readonly string[] {
  return (match.resourceRules ?? [])
    .flatMap(({ apiVersions }) => apiVersions ?? [])
    .filter((each) => each !== ANY_VERSION)
}

function sortKey({ apiGroups, resources }: AdmissionRule): string {
  return `${apiGroups[0]}/${resources[0]}`
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
