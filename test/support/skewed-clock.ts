import { type Clock, nodeClock } from '../../src/host/clock.ts'

export interface SkewedClock extends Clock {
  /** Lets time go by at once. */
  readonly pass: (milliseconds: number) => void
}

/** The machine's clock, ahead by as much as a test lets pass. */
export function skewedClock(): SkewedClock {
  let aheadMs = 0
  return {
    now: () => new Date(nodeClock.now().getTime() + aheadMs),
    elapsedMs: () => nodeClock.elapsedMs() + aheadMs,
    pass: (milliseconds) => {
      aheadMs += milliseconds
    },
  }
}
