// Tells that one object has changed, so that whoever lives by it looks again. What an event holds is not passed on: a fresh read
// is the truth, and the right to list is not needed.
import type { Clock } from '../host/clock.ts'
import type { Logger } from '../host/logger.ts'
import { AppError } from '../errors.ts'
import { ClusterError } from './cluster-error.ts'
import { keepFollowing } from './keep-following.ts'
import type { Cluster } from './open-cluster.ts'

export interface WatchedObject {
  /** Of all objects of its kind: `/api/v1/namespaces/here/secrets`. */
  readonly collection: string
  readonly name: string
}

/** Calls back at each change, and whenever one may have been missed. Until the function that comes back is called. */
export function watchForChanges(
  cluster: Cluster,
  { collection, name }: WatchedObject,
  deps: { readonly clock: Clock; readonly logger: Logger; readonly onChange: () => void },
): () => Promise<void> {
  return keepFollowing(cluster, {
    ...deps,
    follow: async ({ events, recover }) => {
      // Without a version to start from, it begins with the object as it is.
      for await (const { type } of events(collection, { fieldSelector: `metadata.name=${name}` })) {
        if (type === 'ERROR') throw new ClusterError('refused', 'the watch ends with an error')
        recover()
        if (type !== 'BOOKMARK') deps.onChange()
      }
    },
    onFault: (error) => {
      if (!(error instanceof AppError)) throw error
    },
    lost: 'changes are not heard of',
    found: 'changes are heard of again',
    fields: { name },
  })
}
