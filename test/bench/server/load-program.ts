// Sends reviews, as fast as answers come or at a steady rate, and prints what came of it. The plan comes on stdin.
//
// At a steady rate every request has a time at which it is due, and its latency counts from there, whether or not a connection
// was free: a server that stops for a second makes all the requests of that second late, not one.
import { readFileSync } from 'node:fs'
import { Connection, encodeRequest, trust } from './connection.ts'
import type { LoadPlan, LoadResult, PlannedRequest } from './load.ts'
import { cpuMs } from './usage.ts'

/** How long the last answers are waited for. */
const LINGER_MS = 15_000
const RECONNECT_MS = 10

const plan = JSON.parse(readFileSync(0, 'utf8')) as LoadPlan
const requests = plan.requests.map((each) => ({
  ...each,
  bytes: encodeRequest(plan.target, Buffer.from(each.body)),
}))
const context = trust(plan.target)
const kinds: Record<string, { atMs: number[]; tookMs: number[] }> = {}
for (const { kind } of plan.requests) kinds[kind] = { atMs: [], tookMs: [] }
const refused: Record<string, number> = {}
let wrong = 0
let lost = 0

const idle: Connection[] = []
/** When requests are due that no connection was free for. */
const due: number[] = []
let inFlight = 0
let sent = 0
let startMs = 0
let startCpu = { server: 0, load: process.cpuUsage() }
let endMs = Number.POSITIVE_INFINITY

for (let i = 0; i < plan.connections; i++) connect()

function connect(): void {
  const connection = new Connection(plan.target, context, {
    onOpen: () => {
      idle.push(connection)
      if (startMs === 0 && idle.length === plan.connections) start()
      else if (startMs > 0) sendDue()
    },
    onClose: (wasAsked) => {
      const at = idle.indexOf(connection)
      if (at !== -1) idle.splice(at, 1)
      if (wasAsked) {
        inFlight--
        lost++
      }
      setTimeout(connect, RECONNECT_MS)
    },
  })
}

function start(): void {
  startMs = performance.now()
  startCpu = { server: cpuMs(plan.serverPid), load: process.cpuUsage() }
  endMs = startMs + plan.seconds * 1000
  const { requestsPerSecond } = plan
  if (requestsPerSecond === undefined) {
    for (const connection of idle.splice(0)) send(connection, startMs)
    setTimeout(finish, plan.seconds * 1000)
    return
  }
  const intervalMs = 1000 / requestsPerSecond
  let scheduled = 0
  const timer = setInterval(() => {
    const now = Math.min(performance.now(), endMs)
    while (startMs + scheduled * intervalMs < now) {
      due.push(startMs + scheduled * intervalMs)
      scheduled++
    }
    sendDue()
    if (now < endMs) return
    clearInterval(timer)
    finish()
  }, 1)
}

function sendDue(): void {
  while (due.length > 0 && idle.length > 0) {
    const connection = idle.shift()
    if (connection?.isUsable === true) send(connection, due.shift() ?? 0)
  }
}

function send(connection: Connection, dueMs: number): void {
  const request = requests[sent++ % requests.length]
  if (request === undefined) throw new Error('a plan without requests')
  inFlight++
  connection.send(request.bytes, ({ status, body }) => {
    inFlight--
    if (status !== 200) refused[status] = (refused[status] ?? 0) + 1
    else if (!isExpected(body, request)) wrong++
    else {
      const times = kinds[request.kind]
      times?.atMs.push(dueMs - startMs)
      times?.tookMs.push(performance.now() - dueMs)
    }
    if (!connection.isUsable) return
    const now = performance.now()
    if (plan.requestsPerSecond !== undefined || now >= endMs) {
      idle.push(connection)
      sendDue()
    } else send(connection, now)
  })
}

function isExpected(body: string, { expect }: PlannedRequest): boolean {
  return body.includes(expect === 'allowed' ? '"allowed":true' : '"allowed":false')
}

function finish(): void {
  const giveUpMs = performance.now() + LINGER_MS
  const timer = setInterval(() => {
    const nowMs = performance.now()
    if (inFlight + due.length > 0 && nowMs < giveUpMs) return
    clearInterval(timer)
    const { user, system } = process.cpuUsage(startCpu.load)
    const wallMs = nowMs - startMs
    const result: LoadResult = {
      seconds: wallMs / 1000,
      kinds,
      refused,
      wrong,
      lost: lost + inFlight + due.length,
      serverCpu: (cpuMs(plan.serverPid) - startCpu.server) / wallMs,
      loadCpu: (user + system) / 1000 / wallMs,
    }
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
  }, 1)
}
