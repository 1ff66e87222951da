// `[group/]resource[/subresource]`, as METADATA and resourceRules without apiGroups write a resource.

export interface ResourceName {
  /** Empty for the core group, `*` for all. */
  readonly group: string
  /** `*` for all. */
  readonly resource: string
  /** Empty for the resource itself; `*` for all subresources and the resource itself. */
  readonly subresource: string
}

// Kubernetes' own groups without a dot: with two segments, these tell a group from a resource.
const SHORT_GROUPS: ReadonlySet<string> = new Set([
  'apps',
  'autoscaling',
  'batch',
  'extensions',
  'policy',
])

export function isGroup(segment: string): boolean {
  return segment.includes('.') || SHORT_GROUPS.has(segment)
}

export function parseResourceName(text: string): ResourceName {
  const [first = '', second = '', third] = text.split('/')
  if (third !== undefined) return { group: first, resource: second, subresource: third }
  if (second !== '' && isGroup(first)) return { group: first, resource: second, subresource: '' }
  return { group: first === '*' ? '*' : '', resource: first, subresource: second }
}
