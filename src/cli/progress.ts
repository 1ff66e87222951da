// How far long work has come, on a terminal: one line on stderr, written over and wiped out at the end.
import type { Host } from '../host/host.ts'

const SHOW_AFTER_MS = 1000
const EVERY_MS = 100
const WIDTH = 30

export interface Progress {
  /** `done` of `total` are done. */
  readonly show: (done: number, total: number) => void
  readonly end: () => Promise<void>
}

export function createProgress(noun: string, host: Host): Progress {
  const start = host.now().getTime()
  let last = start
  let isShown = false
  return {
    show: (done, total) => {
      const now = host.now().getTime()
      if (!host.stderr.isTerminal || now - start < SHOW_AFTER_MS || now - last < EVERY_MS) return
      last = now
      isShown = true
      const filled = Math.round((done / total) * WIDTH)
      const bar = `${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}`
      void host.stderr.write(`\r[${bar}] ${done} of ${total} ${noun}`)
    },
    end: async () => {
      if (isShown) await host.stderr.write('\r\u001b[K')
    },
  }
}
