import type { SkipReason } from '../policy/outcome.ts'

/** Why a binding leaves an object alone, in words that follow "skipped: ". */
export const SKIP_REASONS: Readonly<Record<SkipReason, string>> = {
  resource: 'neither its policy nor its resourceRules are about this kind',
  operation: 'it is not about this operation',
  namespace: 'its namespaces do not name this one',
  'namespace-selector': 'its namespaceSelector does not fit the Namespace’s labels',
  'object-selector': 'its objectSelector does not fit the object’s labels',
  user: 'it is not about this user or their groups',
  excluded: 'excludedNamespaces or excludeResourceRules name it',
}
