// Fifty bindings under steady load: does the memory stay where it is? Metrics are scraped meanwhile, as Prometheus does.
import { get } from 'node:http'
import { printTable } from '../rounds.ts'
import { writeProductBundle } from './bundles.ts'
import { quantile, showMs } from './latency.ts'
import { allTook, rateWithin, runLoad } from './load.ts'
import { noteFaults, printTargets, showPercent } from './report.ts'
import { BAD, GOOD } from './reviews.ts'
import { assertAnswers, type Site, startPortcullis, stopServers } from './servers.ts'
import { residentMiB } from './usage.ts'

const PER_SECOND = 300
const CONNECTIONS = 64
const SAMPLE_MS = 5_000
const SCRAPE_MS = 15_000
/** Of the run, and no more than a minute: V8 optimizes, the heap finds its size. */
const WARM_UP_SHARE = 0.2
const MAX_WARM_UP_MS = 60_000
const MAX_MIB = 150
/** The last quarter's median, over the first's. */
const FLAT = 1.05

interface Sample {
  readonly atMs: number
  readonly mib: number
}

export async function soak(site: Site, seconds = 600): Promise<void> {
  const bundle = writeProductBundle(site.directory, 50)
  const server = await startPortcullis(site, 'portcullis', bundle)
  await assertAnswers(server, [GOOD, BAD])
  const { pid } = server.child

  const samples: Sample[] = []
  const startMs = performance.now()
  const sampling = setInterval(() => {
    samples.push({ atMs: performance.now() - startMs, mib: residentMiB(pid) })
  }, SAMPLE_MS)
  const scraping = setInterval(() => void scrape(server.operatorPort), SCRAPE_MS)
  const result = await runLoad(site.children, server, {
    requests: [GOOD],
    connections: CONNECTIONS,
    seconds,
    requestsPerSecond: PER_SECOND,
  })
  clearInterval(sampling)
  clearInterval(scraping)

  const warmUpMs = Math.min(MAX_WARM_UP_MS, seconds * 1000 * WARM_UP_SHARE)
  const warm = samples.filter((each) => each.atMs >= warmUpMs)
  const quarter = Math.ceil(warm.length / 4)
  const first = warm.slice(0, quarter).map((each) => each.mib)
  const last = warm.slice(-quarter).map((each) => each.mib)
  const times = allTook(result)
  printTable(`Soak: ${PER_SECOND} requests/s with 50 bindings for ${seconds} s`, [
    {
      'requests/s': rateWithin(result, seconds).toFixed(0),
      'p50 ms': showMs(quantile(times, 0.5)),
      'p99 ms': showMs(quantile(times, 0.99)),
      'not 200': noteFaults('soak', result),
      'server CPU': showPercent(result.serverCpu),
    },
  ])
  printTable(`Resident memory, MiB, after ${(warmUpMs / 1000).toFixed(0)} s of warm-up`, [
    describe('first quarter', first),
    describe('last quarter', last),
  ])
  const most = Math.max(...samples.map((each) => each.mib))
  const growth = quantile(last, 0.5) / quantile(first, 0.5)
  printTargets([
    { target: `under ${MAX_MIB} MiB`, measured: `${most.toFixed(0)} MiB`, met: most < MAX_MIB },
    {
      target: `flat: last quarter within ${FLAT} of the first`,
      measured: `${growth.toFixed(3)}, ${slopePerHour(warm).toFixed(1)} MiB/h`,
      met: growth <= FLAT,
    },
  ])
  await stopServers([server])
}

function describe(part: string, mib: readonly number[]): Record<string, string> {
  return {
    part,
    least: Math.min(...mib).toFixed(1),
    median: quantile(mib, 0.5).toFixed(1),
    most: Math.max(...mib).toFixed(1),
  }
}

/** By least squares. */
function slopePerHour(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length
  const hours = samples.map((each) => each.atMs / 3_600_000)
  const meanHours = mean(hours)
  const meanMib = mean(samples.map((each) => each.mib))
  let product = 0
  let square = 0
  for (const [index, { mib }] of samples.entries()) {
    const offset = (hours[index] ?? 0) - meanHours
    product += offset * (mib - meanMib)
    square += offset ** 2
  }
  return product / square
}

function scrape(port = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/metrics' }, (response) => {
      response.resume().on('end', resolve)
    }).on('error', reject)
  })
}
