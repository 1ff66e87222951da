// Which resources a binding can be about at all, before there is an object.
import type { Binding } from '../bundle/bundle.ts'
import type { Operation, ResourceRule } from '../bundle/match.ts'
import { isNamespace, matchBinding } from './match.ts'
import type { AdmissionRequest, GroupVersionResource } from './review.ts'

export interface AnyOfResource extends GroupVersionResource {
  /** Absent for the resource itself. */
  readonly subresource?: string
  readonly namespaced: boolean
}

/**
 * Says whether some object of the resource may be judged by the binding: never false for one that is, and true for more where only
 * the object itself can tell.
 */
export function mayMatch(binding: Binding, resource: AnyOfResource, operation: Operation): boolean {
  const { match } = binding
  const request = anyRequest(resource, operation)
  // A cluster-scoped object has no namespace that could be among them; a Namespace has its own name.
  const hasNamespace = resource.namespaced || isNamespace(request)
  if (match.namespaces !== undefined && !hasNamespace) return false
  const ofResources: Binding = {
    ...binding,
    match: {
      ...(match.operations === undefined ? {} : { operations: match.operations }),
      ...(match.resourceRules === undefined
        ? {}
        : { resourceRules: match.resourceRules.map(withoutNames) }),
      ...(match.excludeResourceRules === undefined
        ? {}
        : {
            excludeResourceRules: match.excludeResourceRules.filter(
              ({ resourceNames }) => resourceNames === undefined,
            ),
          }),
    },
  }
  return matchBinding(ofResources, request, () => ({ kind: 'unknown' })).kind === 'matched'
}

function withoutNames(rule: ResourceRule): ResourceRule {
  const { resourceNames: _, ...rest } = rule
  return rest
}

function anyRequest(
  { group, version, resource, subresource = '', namespaced }: AnyOfResource,
  operation: Operation,
): AdmissionRequest {
  return {
    uid: '',
    kind: { group, version, kind: '' },
    resource: { group, version, resource },
    subResource: subresource,
    name: '',
    namespace: namespaced ? 'any' : '',
    operation,
    userInfo: { username: '', groups: [] },
    object: {},
    oldObject: null,
    dryRun: false,
  }
}
