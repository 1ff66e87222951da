// Tells that one object has changed, so that whoever lives by it looks again. What an event holds is not passed on: a fresh read
// is the truth, and the right to list is not needed.
import type { Clock } from '../host/clock.ts'
import type { Logger } from '../host/logger.ts'
import { AppError } from '../errors.ts'
import { createBackoff, FIRST_PAUSE_MS } from './backoff.ts'
import { ClusterError } from './cluster-error.ts'
import type { Cluster } from './open-cluster.ts'

/** The API server sends a bookmark a minute where nothing else is to be told. */
const SILENCE_MS = 90_000
const WATCH_SECONDS = 300

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
  const { clock, logger, onChange } = deps
  const stopped = new AbortController()
  const { signal } = stopped
  const backoff = createBackoff(signal)
  let complained = false

  const recover = (): void => {
    backoff.reset()
    if (complained) logger.info('changes are heard of again', { name })
    complained = false
  }
  const follow = async (): Promise<void> => {
    // Without a version to start from, it begins with the object as it is.
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      fieldSelector: `metadata.name=${name}`,
      timeoutSeconds: `${WATCH_SECONDS}`,
    }
    const events = cluster.follow({ path: collection, query, timeoutMs: SILENCE_MS, signal })
    for await (const { type } of events) {
      if (type === 'ERROR') throw new ClusterError('refused', 'the watch ends with an error')
      recover()
      if (type !== 'BOOKMARK') onChange()
    }
    recover()
  }
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const startMs = clock.elapsedMs()
      try {
        await follow()
        // A server that ends every watch at once must not be asked without end.
        if (clock.elapsedMs() - startMs < FIRST_PAUSE_MS) await backoff.wait()
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof AppError)) throw error
        const reason = error.message
        if (!complained) logger.warn('changes are not heard of', { name, reason })
        complained = true
        await backoff.wait()
      }
    }
  }
  const running = run()
  return () => {
    stopped.abort()
    return running
  }
}
