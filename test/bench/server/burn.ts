// One binding that burns its whole budget each time, at a steady rate: what the reviews feel that it does not match.
import { printTable } from '../rounds.ts'
import { writeBurningBundle } from './bundles.ts'
import { quantile, showMs } from './latency.ts'
import { type LoadResult, type PlannedRequest, runLoad } from './load.ts'
import { noteFaults, printTargets } from './report.ts'
import { GOOD, inNamespace } from './reviews.ts'
import { assertAnswers, type Site, startPortcullis, stopServers } from './servers.ts'

const PER_SECOND = 200
const CONNECTIONS = 64
/** One request in so many meets the burning binding. */
const SHARE = 10
/** A policy that burns does so wherever its objects are. */
const NAMESPACES = 5
const BASELINE_SECONDS = 10
/** In which the circuits have opened. */
const OPENING_SECONDS = 5
const MAX_P99_MS = 50

export async function burn(site: Site, seconds = 60): Promise<void> {
  const server = await startPortcullis(site, 'portcullis', writeBurningBundle(site.directory))
  const requests = Array.from({ length: SHARE * NAMESPACES }, (_, i): PlannedRequest => {
    const namespace = `burn-${Math.floor(i / SHARE)}`
    return i % SHARE === 0
      ? { kind: 'burning', body: inNamespace(namespace), expect: 'denied' }
      : { ...GOOD, kind: 'others' }
  })
  await assertAnswers(server, [GOOD])
  const pace = { connections: CONNECTIONS, requestsPerSecond: PER_SECOND }
  const before = await runLoad(site.children, server, {
    ...pace,
    requests: [{ ...GOOD, kind: 'others' }],
    seconds: BASELINE_SECONDS,
  })
  const during = await runLoad(site.children, server, { ...pace, requests, seconds })

  const openMs = OPENING_SECONDS * 1000
  printTable(
    `Burn: ${PER_SECOND} requests/s for ${seconds} s, one in ${SHARE} in a namespace where a binding burns all its fuel; ms`,
    [
      describe('others', 'before', before, 0, Number.POSITIVE_INFINITY),
      describe('others', `first ${OPENING_SECONDS} s`, during, 0, openMs),
      describe('others', 'from then on', during, openMs, Number.POSITIVE_INFINITY),
      describe('others', 'all', during, 0, Number.POSITIVE_INFINITY),
      describe('burning', `first ${OPENING_SECONDS} s`, during, 0, openMs),
      describe('burning', 'from then on', during, openMs, Number.POSITIVE_INFINITY),
      describe('burning', 'all', during, 0, Number.POSITIVE_INFINITY),
    ],
  )
  console.log(`not 200: ${noteFaults('burn', during)}`)
  const settled = quantile(timesBetween(during, 'others', openMs, Number.POSITIVE_INFINITY), 0.99)
  const all = quantile(timesBetween(during, 'others', 0, Number.POSITIVE_INFINITY), 0.99)
  printTargets([
    {
      target: `p99 of the others under ${MAX_P99_MS} ms, once the circuits are open`,
      measured: showMs(settled),
      met: settled < MAX_P99_MS,
    },
    {
      target: `p99 of the others under ${MAX_P99_MS} ms, from the start`,
      measured: showMs(all),
      met: all < MAX_P99_MS,
    },
  ])
  await stopServers([server])
}

function describe(
  kind: string,
  when: string,
  result: LoadResult,
  fromMs: number,
  toMs: number,
): Record<string, string> {
  const times = timesBetween(result, kind, fromMs, toMs)
  return {
    requests: kind,
    when,
    count: `${times.length}`,
    p50: showMs(quantile(times, 0.5)),
    p99: showMs(quantile(times, 0.99)),
    most: showMs(quantile(times, 1)),
  }
}

function timesBetween(result: LoadResult, kind: string, fromMs: number, toMs: number): number[] {
  const { atMs = [], tookMs = [] } = result.kinds[kind] ?? {}
  return tookMs.filter((_, i) => (atMs[i] ?? 0) >= fromMs && (atMs[i] ?? 0) < toMs)
}
