// Holds connections that have sent one review each and now say nothing, as those of many API servers would. One that has been
// idle for as long as the API server keeps one is used again, so that none is closed for its age.
import { Connection, encodeRequest, trust } from './connection.ts'
import type { IdlePlan, IdleReport } from './idle.ts'

const AT_ONCE = 16
/** Less than the 90 s after which the API server itself lets go. */
const REUSE_AFTER_MS = 75_000

const plan = JSON.parse(process.argv[2] ?? '') as IdlePlan
const context = trust(plan.target)
const request = encodeRequest(plan.target, Buffer.from(plan.body))
const held = new Map<Connection, number>()
let opened = 0
let answered = 0
let closed = 0
let refused = 0

for (let i = 0; i < AT_ONCE; i++) open()

setInterval(() => {
  const limit = performance.now() - REUSE_AFTER_MS
  for (const [connection, usedMs] of held) {
    if (usedMs < limit) use(connection, () => {})
  }
}, 1000)

// Blocks nothing: it only ends when stdin does.
process.stdin.resume().on('end', () => {
  const report: IdleReport = { open: held.size, closed, refused }
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit())
})

function open(): void {
  if (opened === plan.count) return
  opened++
  const connection = new Connection(plan.target, context, {
    onOpen: () =>
      use(connection, () => {
        if (++answered === plan.count) console.log('held')
        open()
      }),
    onClose: () => {
      held.delete(connection)
      closed++
    },
  })
}

function use(connection: Connection, then: () => void): void {
  held.set(connection, performance.now())
  connection.send(request, ({ status }) => {
    if (status !== 200) refused++
    then()
  })
}
