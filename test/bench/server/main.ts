// `npm run bench:server -- [throughput|burn|idle|slow|soak] [--seconds N]`
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { burn } from './burn.ts'
import { Children, warnOfMachine } from './children.ts'
import { idle } from './idle.ts'
import { createSite, type Site } from './servers.ts'
import { slow } from './slow.ts'
import { soak } from './soak.ts'
import { throughput } from './throughput.ts'

const SCENARIOS: Readonly<Record<string, (site: Site, seconds?: number) => Promise<void>>> = {
  throughput,
  burn,
  idle,
  slow,
  soak,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' } },
})
const scenario = SCENARIOS[positionals[0] ?? 'throughput']
const seconds = values.seconds === undefined ? undefined : Number(values.seconds)
const isTime = seconds === undefined || (Number.isInteger(seconds) && seconds > 0)
if (scenario === undefined || !isTime || positionals.length > 1) {
  console.error(`usage: bench:server [${Object.keys(SCENARIOS).join('|')}] [--seconds N]`)
  process.exit(2)
}

warnOfMachine()
const directory = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
const children = new Children()
try {
  const run = createSite(children, directory).then((site) => scenario(site, seconds))
  await Promise.race([run, children.crashed])
  console.log(
    `load of the machine, itself included: ${loadavg()[0]?.toFixed(1)} in the last minute`,
  )
  rmSync(directory, { recursive: true })
} catch (error) {
  console.error(error)
  console.error(`the servers' logs are in ${directory}`)
  process.exitCode = 1
}
// What is still waited for, after a crash, would keep the process.
process.exit()
