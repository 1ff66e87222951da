// Ten thousand connections that say nothing, while others are answered.
import { REVIEWS } from '../pods.ts'
import { printTable } from '../rounds.ts'
import { writeProductBundle } from './bundles.ts'
import { hardLimitOfFiles } from './children.ts'
import type { Target } from './connection.ts'
import { hold } from './holder.ts'
import { quantile, showMs } from './latency.ts'
import { allTook, countAnswered, type LoadResult, rateWithin, runLoad } from './load.ts'
import { noteFaults, printTargets, showPercent } from './report.ts'
import { BAD, GOOD } from './reviews.ts'
import { assertAnswers, type Site, startPortcullis, stopServers } from './servers.ts'
import { residentMiB } from './usage.ts'

export interface IdlePlan {
  readonly target: Target
  readonly count: number
  readonly body: string
}

export interface IdleReport {
  readonly open: number
  readonly closed: number
  /** Answers other than 200. */
  readonly refused: number
}

const COUNT = 10_000
const PER_SECOND = 1_000
const CONNECTIONS = 64
const BASELINE_SECONDS = 10
/** Modules, logs, the load's own connections. */
const OTHER_FILES = 500

export async function idle(site: Site, seconds = 30): Promise<void> {
  const count = Math.min(COUNT, hardLimitOfFiles() - OTHER_FILES)
  if (count < COUNT) {
    console.error(`!!! ONLY ${count} CONNECTIONS: \`ulimit -H -n\` allows no more open files`)
  }
  const openFiles = count + OTHER_FILES
  const bundle = writeProductBundle(site.directory, 4)
  const server = await startPortcullis(site, 'portcullis', bundle, openFiles)
  await assertAnswers(server, [GOOD, BAD])
  const measure = (forSeconds: number): Promise<LoadResult> =>
    runLoad(site.children, server, {
      requests: [GOOD],
      connections: CONNECTIONS,
      seconds: forSeconds,
      requestsPerSecond: PER_SECOND,
    })
  await measure(BASELINE_SECONDS)
  const alone = await measure(BASELINE_SECONDS)
  const { pid } = server.child
  const rows = [describe('alone', alone, rateWithin(alone, BASELINE_SECONDS), pid)]

  const startMs = performance.now()
  const smallest = new TextDecoder().decode(REVIEWS[0]?.review.bytes)
  const plan: IdlePlan = { target: server.target, count, body: smallest }
  const holder = await hold<IdleReport>(site.children, 'idle-program', plan, openFiles)
  const openingSeconds = (performance.now() - startMs) / 1000
  const result = await measure(seconds)
  const rate = rateWithin(result, seconds)
  rows.push(describe(`beside ${count} idle ones`, result, rate, pid))
  const { open, closed, refused } = await holder.finish()

  printTable(
    `Idle: ${PER_SECOND} requests/s with 4 bindings; the idle connections took ${openingSeconds.toFixed(0)} s to open`,
    rows,
  )
  printTargets([
    {
      target: `${COUNT} idle connections still open at the end`,
      measured: `${open} open, ${closed} closed, ${refused} not 200`,
      met: open === COUNT && closed + refused === 0,
    },
    {
      target: `${PER_SECOND} requests/s answered`,
      measured: `${rate.toFixed(0)}/s`,
      met: rate >= PER_SECOND * 0.99 && countAnswered(result) >= PER_SECOND * seconds,
    },
  ])
  await stopServers([server])
}

function describe(
  load: string,
  result: LoadResult,
  rate: number,
  pid: number,
): Record<string, string> {
  const times = allTook(result)
  return {
    load,
    'requests/s': rate.toFixed(0),
    'p50 ms': showMs(quantile(times, 0.5)),
    'p99 ms': showMs(quantile(times, 0.99)),
    'most ms': showMs(quantile(times, 1)),
    'not 200': noteFaults(load, result),
    'server CPU': showPercent(result.serverCpu),
    'load CPU': showPercent(result.loadCpu),
    'RSS MiB': residentMiB(pid).toFixed(0),
  }
}
