// A watch that goes on for as long as the process: each is ended by the API server or breaks off, and another begins.
import type { JsonObject } from '../bundle/bundle.ts'
import type { Clock } from '../host/clock.ts'
import type { LogFields, Logger } from '../host/logger.ts'
import { createBackoff, FIRST_PAUSE_MS } from './backoff.ts'
import type { Cluster } from './open-cluster.ts'

export interface WatchTurn {
  readonly signal: AbortSignal
  /** @throws ClusterError */
  readonly events: (
    path: string,
    query: Readonly<Record<string, string>>,
  ) => AsyncGenerator<JsonObject, void, undefined>
  /** It goes well: what was complained of is over, and the next pause is short again. */
  readonly recover: () => void
}

/** The API server sends a bookmark a minute where nothing else is to be told. */
const SILENCE_MS = 90_000
/** How long the API server is asked to keep a watch. */
const WATCH_SECONDS = 300

/** Follows again and again, with pauses where it fails, until the function that comes back is called. */
export function keepFollowing(
  cluster: Cluster,
  parts: {
    readonly follow: (turn: WatchTurn) => Promise<void>
    /** Before the next turn; what it throws ends it all. */
    readonly onFault: (error: unknown) => void
    /** What the log says, once each. */
    readonly lost: string
    readonly found: string
    readonly fields?: LogFields
    readonly clock: Clock
    readonly logger: Logger
  },
): () => Promise<void> {
  const { clock, logger, fields = {} } = parts
  const stopped = new AbortController()
  const { signal } = stopped
  const backoff = createBackoff(signal)
  let complained = false

  const recover = (): void => {
    backoff.reset()
    if (complained) logger.info(parts.found, fields)
    complained = false
  }
  const complain = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error)
    if (!complained) logger.warn(parts.lost, { ...fields, reason })
    complained = true
  }
  const events: WatchTurn['events'] = (path, query) =>
    cluster.follow({
      path,
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        ...query,
        timeoutSeconds: `${WATCH_SECONDS}`,
      },
      timeoutMs: SILENCE_MS,
      signal,
    })
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const startMs = clock.elapsedMs()
      try {
        await parts.follow({ signal, events, recover })
        recover()
        // A server that ends every watch at once must not be asked without end.
        if (clock.elapsedMs() - startMs < FIRST_PAUSE_MS) await backoff.wait()
      } catch (error) {
        if (signal.aborted) return
        parts.onFault(error)
        complain(error)
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
