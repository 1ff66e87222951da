// The tools that are measured beside ours, built once into the cache.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Peer {
  readonly name: string
  readonly version: string
  readonly path: string
}

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'portcullis')

const PEERS = [
  { name: 'conftest', version: 'v0.71.1', package: 'github.com/open-policy-agent/conftest' },
  {
    name: 'gator',
    version: 'v3.23.1',
    package: 'github.com/open-policy-agent/gatekeeper/v3/cmd/gator',
  },
] as const

/** Builds those that are not there yet, which takes minutes. Says loudly which cannot be had. */
export function findPeers(): readonly Peer[] {
  return PEERS.flatMap(({ name, version, package: source }) => {
    const directory = join(CACHE, `${name}-${version}`)
    const path = join(directory, name)
    if (!existsSync(path)) build(`${source}@${version}`, directory)
    if (existsSync(path)) return [{ name, version, path }]
    console.error(`!!! NOT COMPARED with ${name}: there is none at ${path}, and no building it`)
    process.exitCode = 1
    return []
  })
}

function build(source: string, directory: string): void {
  console.error(`building ${source}, once`)
  mkdirSync(directory, { recursive: true })
  spawnSync('go', ['install', source], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, GOBIN: directory },
  })
}

/** Nothing of the machine's own settings, which weigh on one and not on the other: NODE_EXTRA_CA_CERTS costs Node 20 0.08 s a start. */
const ENVIRONMENT = { PATH: process.env['PATH'], HOME: homedir() }

/** Runs a program to its end, its output into a file. @throws where it ends with another code than those. */
export function runTo(file: number, codes: readonly number[], command: readonly string[]): void {
  const [program = '', ...args] = command
  const { status, error } = spawnSync(program, args, {
    stdio: ['ignore', file, 'inherit'],
    env: ENVIRONMENT,
  })
  if (error !== undefined) throw error
  if (!codes.includes(status ?? -1)) throw new Error(`${command.join(' ')} ended with ${status}`)
}

export function run(command: readonly string[]): void {
  const [program = '', ...args] = command
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
