// Processes that a cluster is made of. The kernel ends them if this one is killed, so nothing is left behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

export interface Running {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** SIGTERM, and what does not end in time SIGKILL. */
  readonly stop: () => Promise<void>
}

const PATIENCE_MS = 20_000

export function run(
  command: readonly string[],
  options: {
    readonly cwd: string
    readonly env?: NodeJS.ProcessEnv
    /** What runs the command, for instance in a network namespace. */
    readonly within?: readonly string[]
  },
): Running {
  const dieWithUs = ['setpriv', '--pdeathsig', 'KILL', '--']
  const [file = '', ...args] = [...(options.within ?? []), ...dieWithUs, ...command]
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: options.cwd, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
  })
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    stop: async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
      child.kill('SIGTERM')
      // Stopped ones hear nothing.
      child.kill('SIGCONT')
      await ended
      clearTimeout(timer)
    },
  }
}

/** Asks again and again until it holds; a process that ends meanwhile is an error with what it said. */
export async function waitFor(
  what: string,
  holds: () => Promise<boolean>,
  running?: Running,
): Promise<void> {
  let ended: number | NodeJS.Signals | undefined
  void running?.ended.then((how) => (ended = how))
  const deadline = Date.now() + 120_000
  while (!(await holds().catch(() => false))) {
    const last = (): string => running?.stderr().slice(-4_000) ?? ''
    if (ended !== undefined) throw new Error(`ended with ${ended}, not ${what}:\n${last()}`)
    if (Date.now() > deadline) throw new Error(`not ${what} in two minutes:\n${last()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Whether a run with this process id may still need what bears it in its name. */
export function isAlive(pid: string): boolean {
  return existsSync(`/proc/${pid}`)
}
