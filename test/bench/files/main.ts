// `npm run bench:files -- [--rounds N]`: `check` beside conftest and gator with the same policies and files, and beside js-yaml
// that parses the same files and does nothing with them.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median, printTable } from '../rounds.ts'
import { writeManifests } from './manifests.ts'
import { findPeers, type Peer, run, runTo } from './peers.ts'
import { writeApartForConftest, writeForConftest, writeForGator, writeOurs } from './policies.ts'
import { RULES } from './rules.ts'
import { readVerdicts } from './verdicts.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('usage: bench:files [--rounds N]')
  process.exit(2)
}

const OURS = [process.execPath, 'dist/cli/main.js']
const FEW = 1000
const MANY = 10_000

interface Tool {
  readonly name: string
  readonly version: string
  readonly command: readonly string[]
  /** Exit codes that are no fault: something is found in some files. */
  readonly codes: readonly number[]
  /** In a round: the quick ones run more often, as other work falls on a second more unevenly than on half a minute. */
  readonly runs: number
  /** How many times as long as ours it is to take. */
  readonly target?: number
  readonly times: number[]
}

const QUICK_RUNS = 5

const directory = mkdtempSync(join(tmpdir(), 'portcullis-files-'))
try {
  const few = join(directory, 'few')
  const many = join(directory, 'many')
  writeManifests(few, FEW)
  writeManifests(many, MANY)
  const bundle = prepareOurs()
  compareWithPeers(few, bundle)
  compareWithParser(many, bundle)
  const load = loadavg()[0]?.toFixed(1)
  console.log(`${cpus().length} cores; load of the machine, this run included: ${load}`)
} finally {
  rmSync(directory, { recursive: true })
}

function prepareOurs(): string {
  const source = join(directory, 'ours')
  writeOurs(source)
  run([...OURS, 'build', source, '-o', `${source}.tgz`])
  return `${source}.tgz`
}

function check(bundle: string, files: string): Tool {
  const command = [...OURS, 'check', '--bundle', bundle, '-o', 'json', files]
  return makeTool({ name: 'portcullis', version: '', command })
}

function compareWithPeers(files: string, bundle: string): void {
  const tools: Tool[] = [
    { ...check(bundle, files), runs: QUICK_RUNS },
    ...findPeers().flatMap((peer) => prepare(peer, files)),
  ]
  assertSameVerdicts(tools)
  measure(tools)
  const [ours, ...peers] = tools
  if (ours === undefined) return
  printTable(
    `${FEW} files, ${RULES.length} policies: medians, in turns`,
    tools.map((each) => describe(each, FEW, ours)),
  )
  for (const peer of peers) {
    const { name, target } = peer
    if (target !== undefined) printTarget(`${target} x ${name}`, relate(peer, ours), target)
  }
}

/** conftest twice: its quickest way, and the policies as ours and gator's are. */
function prepare({ name, version, path }: Peer, files: string): Tool[] {
  const policies = join(directory, name)
  if (name === 'gator') {
    writeForGator(policies)
    const command = [path, 'test', '-f', policies, '-f', files, '-o', 'json']
    return [makeTool({ name, version, command, target: 15 })]
  }
  const apart = `${policies}-apart`
  writeForConftest(policies)
  writeApartForConftest(apart)
  const command = [path, 'test', '-o', 'json', files, '-p']
  const flag = '--all-namespaces'
  return [
    makeTool({ name, version, command: [...command, policies], runs: QUICK_RUNS, target: 2 }),
    makeTool({ name, version: `${version} ${flag}`, command: [...command, apart, flag] }),
  ]
}

function makeTool(given: Pick<Tool, 'name' | 'version' | 'command'> & Partial<Tool>): Tool {
  return { codes: [1], runs: 1, times: [], ...given }
}

function compareWithParser(files: string, bundle: string): void {
  const program = new URL('./parse-program.js', import.meta.url).pathname
  const ours = check(bundle, files)
  const command = [process.execPath, program, files]
  const parser = makeTool({ name: 'js-yaml', version: 'alone', command, codes: [0] })
  measure([ours, parser])
  printTable(
    `${MANY} files, ${RULES.length} policies: medians, in turns`,
    [ours, parser].map((each) => describe(each, MANY, ours)),
  )
  printTarget('0.7 x js-yaml alone', relate(parser, ours), 0.7)
}

/** Gives the time of each run in ms. */
function measure(tools: readonly Tool[]): void {
  const most = Math.max(...tools.map(({ runs }) => runs))
  for (let turn = 0; turn < rounds * most; turn++) {
    for (const { command, codes, runs, times } of tools) {
      if (turn % most >= runs) continue
      const start = performance.now()
      runInto('/dev/null', codes, command)
      times.push(performance.now() - start)
    }
  }
}

function assertSameVerdicts(tools: readonly Tool[]): void {
  const found = tools.map(({ name, command, codes }) => {
    const output = join(directory, `${name}.json`)
    runInto(output, codes, command)
    return readVerdicts(name, output)
  })
  const [first] = found.map((each) => each.join('\n'))
  for (const [index, each] of found.entries()) {
    if (each.length > 0 && each.join('\n') === first) continue
    throw new Error(`${tools[index]?.name} does not find what portcullis finds`)
  }
  console.log(`all tools find the same ${found[0]?.length} violations`)
}

function runInto(path: string, codes: readonly number[], command: readonly string[]): void {
  const file = openSync(path, 'w')
  try {
    runTo(file, codes, command)
  } finally {
    closeSync(file)
  }
}

function describe(tool: Tool, files: number, ours: Tool) {
  const { name, version, times } = tool
  const ms = median(times)
  return {
    tool: `${name} ${version}`.trim(),
    runs: times.length.toFixed(0),
    s: (ms / 1000).toFixed(2),
    'files/s': ((files / ms) * 1000).toFixed(0),
    'ours faster by': relate(tool, ours).toFixed(2),
  }
}

/** The median of what each run took, relative to ours of the same turn. */
function relate({ times }: Tool, ours: Tool): number {
  const every = ours.times.length / times.length
  return median(times.map((ms, index) => ms / (ours.times[index * every] ?? Number.NaN)))
}

/** A target that is missed is no failure of the run: the machine may be shared. */
function printTarget(target: string, measured: number, least: number): void {
  console.log(`${target}: ${measured.toFixed(2)}, ${measured >= least ? 'met' : 'MISSED'}`)
}
