// When an API server asks a webhook, after k8s.io/apiserver/pkg/admission/plugin/webhook: the rules and `matchPolicy: Equivalent`
// (predicates/rules, generic), then the match conditions. Written apart from how ours are derived and from how bindings match.
import type { AdmissionRule } from '../../src/kubernetes/manifests/derive-rules.ts'
import type { MatchCondition } from '../../src/kubernetes/manifests/derive-match-conditions.ts'
import type { AdmissionRequest } from '../../src/policy/review.ts'
import { evaluateCondition } from './match-condition.ts'

/** `versions` are those in which the request's resource is served; an equivalent one is as good as the request's own. */
export function isAsked(
  rules: readonly AdmissionRule[],
  conditions: readonly MatchCondition[],
  request: AdmissionRequest,
  versions: readonly string[],
): boolean {
  return (
    versions.some((version) => rules.some((rule) => fitsRule(rule, request, version))) &&
    conditions.every(({ expression }) => evaluateCondition(expression, wireForm(request)))
  )
}

function fitsRule(rule: AdmissionRule, request: AdmissionRequest, version: string): boolean {
  const { group, resource } = request.resource
  const path = request.subResource === '' ? resource : `${resource}/${request.subResource}`
  const isInNamespace = request.namespace !== '' && !(group === '' && resource === 'namespaces')
  const groups: readonly string[] = rule.apiGroups
  return (
    groups.includes(group) &&
    (rule.apiVersions.includes('*') || rule.apiVersions.includes(version)) &&
    rule.resources.includes(path) &&
    rule.operations.includes(request.operation) &&
    (rule.scope === '*' || (rule.scope === 'Namespaced') === isInNamespace)
  )
}

/** As Go writes it: what is empty is left out. */
function wireForm({ namespace, userInfo }: AdmissionRequest): object {
  const { username, groups } = userInfo
  return {
    ...(namespace !== '' && { namespace }),
    userInfo: { ...(username !== '' && { username }), ...(groups.length > 0 && { groups }) },
  }
}
