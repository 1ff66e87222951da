// Evaluation holds the only thread. Reviews that are read wait here in one line, and are evaluated in turns, so that between
// two turns the probes are answered and new requests are read, or shed.

export type Turn<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'shed'; readonly reason: 'queue' | 'deadline' }
  /** The client went away while it waited. */
  | { readonly kind: 'gone' }

export interface Waiting<T> {
  /** In the clock's elapsed milliseconds; past it the work is not begun. */
  readonly deadlineMs: number
  readonly isWanted: () => boolean
  /** Must not throw. */
  readonly work: () => T
}

export interface ReviewQueue {
  readonly length: () => number
  readonly isFull: () => boolean
  readonly enter: <T>(waiting: Waiting<T>) => Promise<Turn<T>>
}

/** A turn takes another review while it is younger than this. */
const TURN_MS = 5

export function createReviewQueue(deps: {
  readonly maxQueued: number
  readonly elapsedMs: () => number
}): ReviewQueue {
  const { maxQueued, elapsedMs } = deps
  const line: ((nowMs: number) => void)[] = []
  let isScheduled = false

  const schedule = (): void => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(takeTurn)
  }
  const takeTurn = (): void => {
    isScheduled = false
    const startMs = elapsedMs()
    let nowMs = startMs
    do {
      line.shift()?.(nowMs)
      nowMs = elapsedMs()
    } while (line.length > 0 && nowMs - startMs < TURN_MS)
    if (line.length > 0) schedule()
  }

  return {
    length: () => line.length,
    isFull: () => line.length >= maxQueued,
    enter: ({ deadlineMs, isWanted, work }) =>
      new Promise((resolve) => {
        if (line.length >= maxQueued) {
          resolve({ kind: 'shed', reason: 'queue' })
          return
        }
        line.push((nowMs) => {
          if (!isWanted()) resolve({ kind: 'gone' })
          else if (nowMs >= deadlineMs) resolve({ kind: 'shed', reason: 'deadline' })
          else resolve({ kind: 'done', value: work() })
        })
        schedule()
      }),
  }
}
