// A thousand slow clients and half-open handshakes, all the time, while good requests are answered at a steady rate.
import { printTable } from '../rounds.ts'
import { writeProductBundle } from './bundles.ts'
import type { Target } from './connection.ts'
import { hold } from './holder.ts'
import { quantile, showMs } from './latency.ts'
import { allTook, countAnswered, type LoadResult, runLoad } from './load.ts'
import { noteFaults, printTargets, showPercent } from './report.ts'
import { BAD, GOOD } from './reviews.ts'
import { assertAnswers, type Site, startPortcullis, stopServers } from './servers.ts'

export type SlowKind = 'headers' | 'body' | 'handshake'

export interface SlowPlan {
  readonly target: Target
  readonly body: string
  readonly counts: Readonly<Record<SlowKind, number>>
}

export interface SlowReport {
  /** How long each stood, in ms, until the server ended it. */
  readonly lives: Readonly<Record<SlowKind, readonly number[]>>
  readonly stillOpen: number
}

const COUNTS: Readonly<Record<SlowKind, number>> = { headers: 500, body: 500, handshake: 500 }
const PER_SECOND = 300
const CONNECTIONS = 64
const ROUNDS = 2
const OPEN_FILES = 4_096
const MAX_RATIO = 2
const MAX_LIFE_MS = 15_000

export async function slow(site: Site, seconds = 20): Promise<void> {
  const bundle = writeProductBundle(site.directory, 4)
  const server = await startPortcullis(site, 'portcullis', bundle, OPEN_FILES)
  await assertAnswers(server, [GOOD, BAD])
  const measure = (): Promise<LoadResult> =>
    runLoad(site.children, server, {
      requests: [GOOD],
      connections: CONNECTIONS,
      seconds,
      requestsPerSecond: PER_SECOND,
    })
  const plan: SlowPlan = { target: server.target, body: GOOD.body, counts: COUNTS }
  const alone: LoadResult[] = []
  const beside: LoadResult[] = []
  const reports: SlowReport[] = []
  await measure()
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await measure())
    const holder = await hold<SlowReport>(site.children, 'slow-program', plan, OPEN_FILES)
    beside.push(await measure())
    reports.push(await holder.finish())
  }

  const total = Object.values(COUNTS).reduce((sum, each) => sum + each, 0)
  printTable(
    `Slow: ${PER_SECOND} requests/s with 4 bindings, ${ROUNDS} rounds of ${seconds} s in turns`,
    [describe('alone', alone), describe(`beside ${total} slow clients`, beside)],
  )
  const kinds = Object.keys(COUNTS) as SlowKind[]
  const livesOf = (kind: SlowKind): number[] => reports.flatMap((each) => each.lives[kind])
  printTable(
    'Slow clients, as the server ended them; s',
    kinds.map((kind) => ({
      'slow in': kind,
      'at a time': `${COUNTS[kind]}`,
      ended: `${livesOf(kind).length}`,
      'median life': (quantile(livesOf(kind), 0.5) / 1000).toFixed(1),
      'longest life': (quantile(livesOf(kind), 1) / 1000).toFixed(1),
    })),
  )
  const p99 = (results: readonly LoadResult[]): number => quantile(results.flatMap(allTook), 0.99)
  const ratio = p99(beside) / p99(alone)
  const longest = Math.max(...kinds.map((kind) => quantile(livesOf(kind), 1)))
  const stillOpen = reports.reduce((sum, each) => sum + each.stillOpen, 0)
  printTargets([
    {
      target: `p99 of good requests within ${MAX_RATIO} of alone`,
      measured: ratio.toFixed(2),
      met: ratio <= MAX_RATIO,
    },
    {
      target: `slow clients ended within ${MAX_LIFE_MS / 1000} s`,
      measured: `${(longest / 1000).toFixed(1)} s, ${stillOpen} never`,
      met: longest <= MAX_LIFE_MS && stillOpen === 0,
    },
  ])
  await stopServers([server])
}

function describe(load: string, results: readonly LoadResult[]): Record<string, string> {
  const times = results.flatMap(allTook)
  const faults = results.map((each) => noteFaults(load, each)).filter((each) => each !== '0')
  return {
    load,
    answers: `${results.reduce((sum, each) => sum + countAnswered(each), 0)}`,
    'p50 ms': showMs(quantile(times, 0.5)),
    'p99 ms': showMs(quantile(times, 0.99)),
    'most ms': showMs(quantile(times, 1)),
    'not 200': faults.join(', ') || '0',
    'server CPU': showPercent(Math.max(...results.map((each) => each.serverCpu))),
  }
}
