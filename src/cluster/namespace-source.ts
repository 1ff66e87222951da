import type { NamespaceLookup } from '../policy/review.ts'

/** Where the Namespaces that reviews need come from. */
export interface NamespaceSource {
  readonly lookup: NamespaceLookup
  /**
   * Where this gives a promise, `lookup` may know more when it is fulfilled. It never rejects, and takes no longer than a second.
   */
  readonly prepare: (name: string) => Promise<void> | undefined
  /** Why reviews should not come yet; undefined when they may. */
  readonly fault: () => string | undefined
  /** Absent where nothing is watched. */
  readonly watched?: WatchedNamespaces
}

export interface WatchedNamespaces {
  readonly count: () => number
  /** How long ago, in seconds, the API server was last heard of; NaN before the first time. */
  readonly ageSeconds: () => number
}

/** Of Namespaces that are all known beforehand. */
export function fixedNamespaces(lookup: NamespaceLookup): NamespaceSource {
  return { lookup, prepare: () => undefined, fault: () => undefined }
}
