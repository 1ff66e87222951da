// Programs of a run, each on the core it was given, all of them gone when the run is over, however it ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

export const SERVER_CORE = 0
export const LOAD_CORE = 1

export interface Child {
  readonly name: string
  readonly pid: number
  /** The next line of stdout. @throws where it ends before one comes. */
  readonly nextLine: () => Promise<string>
  /** Closes stdin, which is how our own programs are told to finish. */
  readonly closeInput: () => void
  /** Its exit code, after a signal where one is given. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>
}

export interface SpawnOptions {
  readonly core: number
  /** Takes stderr; without it that goes to the terminal. */
  readonly logFile?: string
  /** The least number of files that it must be able to have open. */
  readonly openFiles?: number
  /** Written to stdin, which is then closed; the program is expected to end by itself. */
  readonly input?: string
}

const canPin = spawnSync('taskset', ['--version']).status === 0 && availableParallelism() > 1

/** Says loudly what makes the figures those of another machine than the one they are meant for. */
export function warnOfMachine(): void {
  if (canPin) return
  console.error(
    '!!! NOT PINNED: `taskset` or a second core is missing, so server and load fight for the same core. Read no figure of this run.',
  )
}

export class Children {
  private readonly running = new Set<ChildProcess>()
  private reject: (error: Error) => void = () => {}
  /** Rejects when a program ends that nobody told to. */
  readonly crashed: Promise<never> = new Promise((_, reject) => {
    this.reject = reject
  })

  constructor() {
    // Awaited only beside a scenario; a crash after that is no unhandled rejection.
    this.crashed.catch(() => {})
    process.on('exit', () => this.killAll())
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => process.exit(130))
    }
  }

  spawn(name: string, command: readonly string[], options: SpawnOptions): Child {
    const [file = '', ...args] = [
      ...withOpenFiles(options.openFiles),
      ...(canPin ? ['taskset', '-c', `${options.core}`] : []),
      ...command,
    ]
    const log = options.logFile === undefined ? 'inherit' : openSync(options.logFile, 'a')
    const logEnd = (): string =>
      options.logFile === undefined
        ? ''
        : `\n${readFileSync(options.logFile, 'utf8').slice(-2_000)}`
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', log] })
    this.running.add(child)
    let isExpected = options.input !== undefined
    const exited = new Promise<number | null>((resolve) => {
      child.on('error', (error) => this.reject(new Error(`${name}: ${error.message}`)))
      child.on('close', (code, signal) => {
        this.running.delete(child)
        if (!isExpected) this.reject(new Error(`${name} ended with ${code ?? signal}${logEnd()}`))
        resolve(code)
      })
    })
    const { stdin, stdout, pid } = child
    if (stdin === null || stdout === null) throw new Error('bug: no pipes')
    stdin.on('error', () => {})
    if (options.input !== undefined) stdin.end(options.input)
    const lines = createInterface(stdout)[Symbol.asyncIterator]()
    return {
      name,
      pid: pid ?? 0,
      nextLine: async () => {
        const line = await lines.next()
        if (line.done === true) throw new Error(`${name} ended without a word${logEnd()}`)
        return line.value
      },
      closeInput: () => {
        isExpected = true
        stdin.end()
      },
      end: (signal) => {
        isExpected = true
        if (signal !== undefined) child.kill(signal)
        return exited
      },
    }
  }

  private killAll(): void {
    for (const child of this.running) child.kill('SIGKILL')
  }
}

/** Raises the soft limit, as far as the hard one allows. */
function withOpenFiles(count: number | undefined): string[] {
  if (count === undefined) return []
  return ['sh', '-c', `ulimit -n ${count} && exec "$@"`, 'sh']
}

/** How many files a program of ours may have open at the most. */
export function hardLimitOfFiles(): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -H -n'], { encoding: 'utf8' })
  const text = stdout.trim()
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
}

/** A program of this folder, compiled. */
export function programPath(name: string): string {
  return new URL(`./${name}.js`, import.meta.url).pathname
}
