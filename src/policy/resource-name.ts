// Which requests a resource's name covers, wildcards as in an admission rule of the API server: `*` is every resource
// without its subresources, `*` with subresource `*` everything, `pods/*` pods with all their subresources.
// Source: k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules.
import { parseResourceName } from '../bundle/resource-name.ts'
import type { AdmissionRequest } from './review.ts'

export interface ResourcePattern {
  /** `*` for every group. */
  readonly group: string
  readonly resource: string
  /** Empty for the resource itself. */
  readonly subresource: string
}

/** Reads `[group/]resource[/subresource]`, in which `*`, as a resource without a group, is a resource of any group. */
export function parseResourcePattern(text: string): ResourcePattern {
  const { group, resource, subresource } = parseResourceName(text)
  return { group: group === '' && resource === '*' ? '*' : group, resource, subresource }
}

export function coversRequest(
  pattern: ResourcePattern,
  request: Pick<AdmissionRequest, 'resource' | 'subResource'>,
): boolean {
  return (
    (pattern.group === '*' || pattern.group === request.resource.group) &&
    (pattern.resource === '*' || pattern.resource === request.resource.resource) &&
    (pattern.subresource === '*' || pattern.subresource === request.subResource)
  )
}
