// Clients that take their time: headers and bodies at a byte a second, and handshakes that never go on. Each that the server
// ends is opened again, so that as many stand against it all the time, until stdin ends; then the last ones are waited for.
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encodeRequest, trust } from './connection.ts'
import type { SlowKind, SlowPlan, SlowReport } from './slow.ts'

/** Slow ones are opened over so long, and written to in turns, each once in a second. */
const RAMP_MS = 5_000
const TICK_MS = 10
const TICKS = 1_000 / TICK_MS
const REOPEN_MS = 100
const PATIENCE_MS = 30_000

interface Slot {
  readonly kind: SlowKind
  socket: Socket
  sent: number
  openedMs: number
  isWritten: boolean
}

const plan = JSON.parse(process.argv[2] ?? '') as SlowPlan
const context = trust(plan.target)
const request = encodeRequest(plan.target, Buffer.from(plan.body))
const headLength = request.length - Buffer.byteLength(plan.body)
const lives: Record<SlowKind, number[]> = { headers: [], body: [], handshake: [] }
const standing = new Set<Slot>()
let isFinishing = false

const kinds: SlowKind[] = (['headers', 'body', 'handshake'] as const).flatMap((kind) =>
  Array.from({ length: plan.counts[kind] }, () => kind),
)
for (const [index, kind] of kinds.entries()) {
  setTimeout(() => open(kind), (index * RAMP_MS) / kinds.length)
}
setTimeout(() => console.log('held'), RAMP_MS + 1000)

let tick = 0
setInterval(() => {
  tick = (tick + 1) % TICKS
  let index = 0
  for (const slot of standing) if (index++ % TICKS === tick) write(slot)
}, TICK_MS)

process.stdin.resume().on('end', () => {
  isFinishing = true
  const endMs = performance.now() + PATIENCE_MS
  setInterval(() => {
    if (standing.size > 0 && performance.now() < endMs) return
    const report: SlowReport = { lives, stillOpen: standing.size }
    process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit())
  }, 100)
})

function open(kind: SlowKind): void {
  if (isFinishing) return
  const address = { host: '127.0.0.1', port: plan.target.port }
  const onOpen = (): void => {
    slot.isWritten = true
    if (kind === 'body') slot.sent = headLength
    // A record header that promises a ClientHello, and no more.
    const start =
      kind === 'handshake' ? Buffer.of(0x16, 0x03, 0x01) : request.subarray(0, slot.sent)
    if (start.length > 0) slot.socket.write(start)
  }
  const socket =
    kind === 'handshake'
      ? connectTcp(address, onOpen)
      : connectTls({ ...address, secureContext: context }, onOpen)
  const slot: Slot = { kind, socket, sent: 0, openedMs: performance.now(), isWritten: false }
  standing.add(slot)
  socket.resume()
  socket.on('error', () => {})
  socket.on('close', () => {
    standing.delete(slot)
    lives[kind].push(performance.now() - slot.openedMs)
    setTimeout(() => open(kind), REOPEN_MS)
  })
}

function write(slot: Slot): void {
  if (!slot.isWritten || slot.kind === 'handshake' || !slot.socket.writable) return
  slot.socket.write(request.subarray(slot.sent, slot.sent + 1))
  slot.sent++
}
