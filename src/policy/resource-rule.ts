// Resource rules, as the API server reads the rules of a webhook.
// Source: k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules.
import type { Policy } from '../bundle/bundle.ts'
import type { Operation, ResourceRule } from '../bundle/match.ts'
import { coversRequest, parseResourcePattern, type ResourcePattern } from './resource-name.ts'
import type { AdmissionRequest } from './review.ts'

// Bundles are frozen, so a name is taken apart once and not for each review.
const policyPatterns = new WeakMap<Policy, readonly ResourcePattern[]>()
const rulePatterns = new WeakMap<ResourceRule, readonly ResourcePattern[]>()

/** Says whether the request is about a resource that the policy understands. */
export function understandsRequest(policy: Policy, request: AdmissionRequest): boolean {
  let patterns = policyPatterns.get(policy)
  if (patterns === undefined) {
    patterns = policy.resources.map(parseResourcePattern)
    policyPatterns.set(policy, patterns)
  }
  // Asked of every binding: a function made for each would cost more than its answer.
  for (const pattern of patterns) if (coversRequest(pattern, request)) return true
  return false
}

/** Says whether all that a rule names holds; `operations` are those of a rule that has none of its own. */
export function matchesRule(
  rule: ResourceRule,
  request: AdmissionRequest,
  operations: readonly Operation[],
): boolean {
  return (
    (rule.operations ?? operations).includes(request.operation) &&
    matchesWithoutOperation(rule, request)
  )
}

export function matchesWithoutOperation(rule: ResourceRule, request: AdmissionRequest): boolean {
  return (
    includesOrAll(rule.apiGroups, request.resource.group) &&
    includesOrAll(rule.apiVersions, request.resource.version) &&
    (rule.resourceNames === undefined || rule.resourceNames.includes(request.name)) &&
    matchesScope(rule, request) &&
    patternsOf(rule).some((each) => coversRequest(each, request))
  )
}

function patternsOf(rule: ResourceRule): readonly ResourcePattern[] {
  let patterns = rulePatterns.get(rule)
  if (patterns === undefined) {
    patterns = rule.resources.map((text) => {
      if (rule.apiGroups === undefined) return parseResourcePattern(text)
      // The groups stand beside: here the first segment is always the resource.
      const [resource = '', subresource = ''] = text.split('/')
      return { group: '*', resource, subresource }
    })
    rulePatterns.set(rule, patterns)
  }
  return patterns
}

function matchesScope(rule: ResourceRule, request: AdmissionRequest): boolean {
  // A request for a Namespace carries its own name as its namespace, and is cluster-scoped none the less.
  const { group, resource } = request.resource
  const isCluster = request.namespace === '' || (group === '' && resource === 'namespaces')
  if (rule.scope === 'Cluster') return isCluster
  if (rule.scope === 'Namespaced') return !isCluster
  return true
}

function includesOrAll(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.includes('*') || list.includes(value)
}
