import { setTimeout } from 'node:timers/promises'

export interface Backoff {
  /** Each time twice as long as the time before, up to ten seconds, and a random bit off so that not all come back at once. */
  readonly wait: () => Promise<void>
  /** It went well: the next wait is short again. */
  readonly reset: () => void
}

export const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 10_000

/** An aborted signal ends a wait at once. */
export function createBackoff(signal: AbortSignal): Backoff {
  let pauseMs = FIRST_PAUSE_MS
  return {
    wait: async () => {
      const thisMs = pauseMs * (0.5 + Math.random())
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      await setTimeout(thisMs, undefined, { signal }).catch(() => undefined)
    },
    reset: () => {
      pauseMs = FIRST_PAUSE_MS
    },
  }
}
