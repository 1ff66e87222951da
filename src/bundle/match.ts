// Where a binding applies. All fields given must hold; an absent field holds for every request.

/** As in a ValidatingAdmissionPolicy's matchConstraints; `*` as there. */
export interface ResourceRule {
  readonly apiGroups?: readonly string[]
  readonly apiVersions?: readonly string[]
  // `pods`, `pods/resize`, `*` (no subresources), `*/*` (all), `pods/*`, `*/scale`.
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly operations?: readonly Operation[]
  readonly scope?: 'Cluster' | 'Namespaced' | '*'
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

export interface LabelSelectorRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** Nothing of the object but its name, and no labels: whoever writes an object, or labels a Namespace, must not except it. */
export type ExceptionMatch = Pick<
  Match,
  'resourceRules' | 'namespaces' | 'operations' | 'users' | 'groups'
>

export interface Match {
  readonly resourceRules?: readonly ResourceRule[]
  readonly excludeResourceRules?: readonly ResourceRule[]
  /** Globs over the request's namespace: `*` is any run of characters. */
  readonly namespaces?: readonly string[]
  readonly excludedNamespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
  readonly objectSelector?: LabelSelector
  /** CREATE and UPDATE where absent. */
  readonly operations?: readonly Operation[]
  /** Globs over userInfo.username. */
  readonly users?: readonly string[]
  /** Globs; one group of the user's that fits is enough. */
  readonly groups?: readonly string[]
}
