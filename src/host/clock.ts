export interface Clock {
  readonly now: () => Date
  /** Milliseconds from some fixed moment, never going back: for durations. */
  readonly elapsedMs: () => number
}

export const nodeClock: Clock = {
  now: () => new Date(),
  elapsedMs: () => performance.now(),
}
