// Bounds on what one document may unfold to, whatever its size on disk.

/** Maps and lists inside one another, aliases followed. */
export const MAX_DEPTH = 500

/**
 * What aliases and merge keys may add to a document, in characters (every node counts for 16 more). 3 MiB is the
 * largest request that the API server takes.
 */
export const MAX_ALIASED_CHARACTERS = 3 * 1024 * 1024
export const NODE_WEIGHT = 16
