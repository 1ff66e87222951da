// As many requests as it takes to fill the server's core: a webhook that does nothing, ours, and OPA's server, in turns.
import { printTable } from '../rounds.ts'
import { writeProductBundle } from './bundles.ts'
import { quantile, showMs, showSpread } from './latency.ts'
import { allTook, countAnswered, type LoadResult, runLoad } from './load.ts'
import { findOpa, writeOpaPolicies } from './opa.ts'
import { noteFaults, printTargets, showPercent, type TargetRow } from './report.ts'
import { BAD, GOOD } from './reviews.ts'
import {
  assertAnswers,
  type Server,
  type Site,
  startNoop,
  startOpa,
  startPortcullis,
  stopServers,
} from './servers.ts'
import { residentMiB } from './usage.ts'

const ROUNDS = 5
const CONNECTIONS = 32
const WARM_UP_SECONDS = 3
const COUNTS = [4, 50] as const

export async function throughput(site: Site, seconds = 5): Promise<void> {
  const opa = findOpa()
  if (opa === undefined) console.error('!!! NOT COMPARED: no `opa` on the PATH')
  const noop = await startNoop(site)
  await assertAnswers(noop, [GOOD])
  const servers = [noop]
  for (const count of COUNTS) {
    const bundle = writeProductBundle(site.directory, count)
    servers.push(await startPortcullis(site, nameOurs(count), bundle))
    if (opa === undefined) continue
    const policies = writeOpaPolicies(site.directory, count)
    servers.push(await startOpa(site, nameOpa(count), opa, policies))
  }
  for (const server of servers.slice(1)) await assertAnswers(server, [GOOD, BAD])

  const measure = (server: Server, forSeconds: number): Promise<LoadResult> =>
    runLoad(site.children, server, {
      requests: [GOOD],
      connections: CONNECTIONS,
      seconds: forSeconds,
    })
  for (const server of servers) await measure(server, WARM_UP_SECONDS)
  const results = new Map(servers.map((server): [Server, LoadResult[]] => [server, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [server, runs] of results) runs.push(await measure(server, seconds))
  }

  printTable(
    `Throughput: ${CONNECTIONS} connections, a pod of 6.5 KB, median (least to most) of ${ROUNDS} rounds of ${seconds} s${opa === undefined ? '' : `; OPA ${opa.version}`}`,
    [...results].map(([{ name, child }, runs]) => ({
      server: name,
      'requests/s': showSpread(runs.map(perSecond), (each) => each.toFixed(0)),
      'a CPU second': quantile(runs.map(perCpuSecond), 0.5).toFixed(0),
      'p50 ms': showSpread(
        runs.map((each) => quantile(allTook(each), 0.5)),
        showMs,
      ),
      'p99 ms': showSpread(
        runs.map((each) => quantile(allTook(each), 0.99)),
        showMs,
      ),
      'not 200': runs.map((each) => noteFaults(name, each)).find((each) => each !== '0') ?? '0',
      'server CPU': showPercent(
        quantile(
          runs.map((each) => each.serverCpu),
          0.5,
        ),
      ),
      'load CPU': showPercent(
        quantile(
          runs.map((each) => each.loadCpu),
          0.5,
        ),
      ),
      'RSS MiB': residentMiB(child.pid).toFixed(0),
    })),
  )
  const rates = new Map(
    [...results].map(([{ name }, runs]): [string, number[]] => [name, runs.map(perCpuSecond)]),
  )
  printTargets([
    ...compare(rates, nameOurs(50), nameOpa(50), 1.5),
    ...compare(rates, nameOurs(4), noop.name, 0.3),
  ])
  await stopServers(servers)
}

function nameOurs(count: number): string {
  return `portcullis ${count}`
}

function nameOpa(count: number): string {
  return `opa ${count}`
}

function perSecond(result: LoadResult): number {
  return countAnswered(result) / result.seconds
}

/** Where others work on the server's core, it does not have all of it, and not the same part for all servers. */
function perCpuSecond(result: LoadResult): number {
  return perSecond(result) / result.serverCpu
}

/** By round, as what else goes on in the machine differs from round to round. */
function compare(
  rates: ReadonlyMap<string, readonly number[]>,
  ours: string,
  theirs: string,
  atLeast: number,
): TargetRow[] {
  const others = rates.get(theirs)
  if (others === undefined) return []
  const ratios = (rates.get(ours) ?? []).map((each, round) => each / (others[round] ?? Number.NaN))
  return [
    {
      target: `${ours} at least ${atLeast} of ${theirs}`,
      measured: showSpread(ratios, (each) => each.toFixed(2)),
      met: quantile(ratios, 0.5) >= atLeast,
    },
  ]
}
