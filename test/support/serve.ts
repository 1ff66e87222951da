// The built `serve` as a process of its own, on ports that are free.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import type { RequestOptions } from 'node:https'
import { join } from 'node:path'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { MAIN } from './portcullis.ts'
import { podObject, reviewBytes } from './review.ts'
import { send } from './webhook.ts'

export const ANY_PORTS = ['--listen', '127.0.0.1:0', '--operator-listen', '127.0.0.1:0']

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Started {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ended>
}

export interface Served extends Started {
  readonly webhookPort: number
  readonly operatorPort: number
  /** What a client of the webhook's port needs, for `--dev-tls`. */
  readonly client: RequestOptions
}

const running = new Set<ChildProcess>()

/** Ends what a test left running. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Starts it, and does not wait. */
export function start(
  args: readonly string[],
  options: {
    readonly cwd: string
    readonly env?: NodeJS.ProcessEnv
    /** Node's own. */
    readonly nodeArgs?: readonly string[]
    /** What runs the command line, in place of this process' Node. */
    readonly command?: readonly string[]
    /** As somebody else than who runs the tests. */
    readonly uid?: number
  },
): Started {
  const main = options.command ?? [process.execPath, ...(options.nodeArgs ?? []), MAIN]
  const [file = '', ...argv] = [...main, 'serve', ...ANY_PORTS, ...args]
  const env = { PATH: process.env['PATH'], ...options.env }
  const { cwd, uid } = options
  const child = spawn(file, argv, { cwd, env, ...(uid === undefined ? {} : { uid }) })
  running.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    })
  })
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended }
}

/** Starts it, and waits until it says that it listens. */
export async function serve(...given: Parameters<typeof start>): Promise<Served> {
  const started = start(...given)
  const { process: child, stdout, stderr } = started
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (stdout().includes('operators on')) resolve()
    })
    child.on('close', () => reject(new Error(stderr())))
  })
  const port = (pattern: RegExp): number => Number(pattern.exec(stdout())?.[1])
  const webhookPort = port(/webhook on https:\/\/127\.0\.0\.1:(\d+)\/validate/)
  return {
    ...started,
    webhookPort,
    operatorPort: port(/operators on http:\/\/127\.0\.0\.1:(\d+)/),
    client: {
      host: '127.0.0.1',
      port: webhookPort,
      path: '/validate',
      method: 'POST',
      ca: await readFile(join(given[1].cwd, 'certs/ca.crt'), 'utf8'),
      agent: false,
      headers: { 'content-type': 'application/json' },
    },
  }
}

/** Sends the review of a pod. */
export async function review(served: Served, spec = {}): Promise<AdmissionAnswer['response']> {
  const { body } = await send(reviewBytes({ object: podObject(spec) }), served.client)
  return (JSON.parse(body) as AdmissionAnswer).response
}

/** Asks the operators' listener for the status of a path. */
export function ask(served: Served, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: served.operatorPort, path, agent: false }
    get(options, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}
