// WASI's poll_oneoff, as far as Go's scheduler asks for it: to sleep until a clock has come far enough.
// Source: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#-poll_oneoffin-constpointersubscription-out-pointerevent-nsubscriptions-size---resultsize-errno

export interface Poll {
  /** Addresses in the module's memory: what is waited for, and where to write what came. */
  readonly subscriptions: number
  readonly events: number
  readonly count: number
  readonly ready: number
}

const SUBSCRIPTION_BYTES = 48
const EVENT_BYTES = 32
const CLOCK = 0
const REALTIME = 0
const ABSOLUTE = 1
const SUCCESS = 0
const NOT_SUPPORTED = 58

/** Sleeps until the first of the clocks is due and returns WASI's error number; nothing but clocks can be waited for. */
export function pollClocks(memory: WebAssembly.Memory, poll: Poll): number {
  const view = new DataView(memory.buffer)
  const waits: { readonly userdata: bigint; readonly ms: number }[] = []
  for (let i = 0; i < poll.count; i++) {
    const at = poll.subscriptions + i * SUBSCRIPTION_BYTES
    if (view.getUint8(at + 8) !== CLOCK) return NOT_SUPPORTED
    const clock = view.getUint32(at + 16, true)
    const timeoutMs = Number(view.getBigUint64(at + 24, true)) / 1e6
    const isAbsolute = (view.getUint16(at + 40, true) & ABSOLUTE) !== 0
    const nowMs = clock === REALTIME ? Date.now() : Number(process.hrtime.bigint()) / 1e6
    const ms = Math.max(isAbsolute ? timeoutMs - nowMs : timeoutMs, 0)
    waits.push({ userdata: view.getBigUint64(at, true), ms })
  }
  const first = Math.min(...waits.map((wait) => wait.ms))
  if (first > 0 && Number.isFinite(first)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, first)
  }
  const due = waits.filter((wait) => wait.ms <= first)
  for (const [i, { userdata }] of due.entries()) {
    const at = poll.events + i * EVENT_BYTES
    view.setBigUint64(at, userdata, true)
    view.setUint16(at + 8, SUCCESS, true)
    view.setUint8(at + 10, CLOCK)
  }
  view.setUint32(poll.ready, due.length, true)
  return SUCCESS
}
