// One run of load-program.ts, a process of its own on the core for load.
import { type Children, LOAD_CORE, programPath } from './children.ts'
import type { Target } from './connection.ts'
import type { Server } from './servers.ts'

export interface PlannedRequest {
  /** Under which its times are kept. */
  readonly kind: string
  readonly body: string
  /** Checked for every answer. */
  readonly expect: 'allowed' | 'denied'
}

export interface LoadPlan extends Load {
  readonly target: Target
  /** Whose CPU time is measured too. */
  readonly serverPid: number
}

interface Load {
  /** Sent one after the other, over and over. */
  readonly requests: readonly PlannedRequest[]
  readonly connections: number
  readonly seconds: number
  /** Without it, each connection sends as soon as it has its answer. */
  readonly requestsPerSecond?: number
}

export interface LoadResult {
  /** From the first request to the last answer. */
  readonly seconds: number
  /** Answers of 200 with the expected verdict, by kind. */
  readonly kinds: Readonly<Record<string, Times>>
  /** Answers other than 200, by status. */
  readonly refused: Readonly<Record<string, number>>
  /** Answers of 200 with another verdict than expected. */
  readonly wrong: number
  /** Requests whose connection closed, or which had no answer in the end. */
  readonly lost: number
  /** Of a core. */
  readonly serverCpu: number
  readonly loadCpu: number
}

export interface Times {
  /** When each request was due, in ms from the start. */
  readonly atMs: readonly number[]
  /** From when it was due to its answer. */
  readonly tookMs: readonly number[]
}

/** Loads a server from a process of its own. */
export async function runLoad(
  children: Children,
  { target, child: { pid: serverPid } }: Server,
  load: Load,
): Promise<LoadResult> {
  const plan: LoadPlan = { target, serverPid, ...load }
  const child = children.spawn('load', [process.execPath, programPath('load-program')], {
    core: LOAD_CORE,
    input: JSON.stringify(plan),
  })
  const result = JSON.parse(await child.nextLine()) as LoadResult
  await child.end()
  return result
}

export function allTook(result: LoadResult): number[] {
  return Object.values(result.kinds).flatMap((each) => each.tookMs)
}

export function countAnswered(result: LoadResult): number {
  return Object.values(result.kinds).reduce((sum, each) => sum + each.tookMs.length, 0)
}

/** Answers that came within so many seconds, a second. */
export function rateWithin(result: LoadResult, seconds: number): number {
  let count = 0
  for (const { atMs, tookMs } of Object.values(result.kinds)) {
    count += tookMs.filter((each, i) => (atMs[i] ?? 0) + each <= seconds * 1000).length
  }
  return count / seconds
}

/** What went wrong, in a few words; empty where nothing did. */
export function describeFaults({ refused, wrong, lost }: LoadResult): string {
  const parts = Object.entries(refused).map(([status, count]) => `${count} x ${status}`)
  if (wrong > 0) parts.push(`${wrong} wrong`)
  if (lost > 0) parts.push(`${lost} lost`)
  return parts.join(', ')
}
