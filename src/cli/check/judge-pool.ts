// Files judged in worker threads. Which thread judges which file is left to chance; the order of what comes back is not.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Bundle } from '../../bundle/bundle.ts'
import type { CompiledModule } from '../../policy/plan-instances.ts'
import type { SourceFile } from '../../source/source-file.ts'
import type { JudgedFile, JudgeSettings } from './judge-file.ts'
import type { ScannedFile } from '../inputs/scan-inputs.ts'
import { InputError } from '../usage-error.ts'

/** What a worker is told first. */
export interface WorkerStart {
  readonly bundle: Bundle
  readonly compiled: CompiledModule
  readonly settings: JudgeSettings
  readonly oldFiles: readonly SourceFile[]
}

/** Files to judge. */
export interface WorkerTask {
  readonly id: number
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
}

/** What they came to, in their order. */
export interface WorkerAnswer {
  readonly id: number
  readonly judged: readonly JudgedFile[]
}

/** A thread needs some 100 MB with its module and its modules' code. */
const MAX_WORKERS = 8
/** Enough for a message not to count, little enough that threads end together. */
const BATCH_BYTES = 256 * 1024
const BATCH_FILES = 64
/** So that one is there when the one before is done. */
const TASKS_AHEAD = 2

/** Threads that are there before there is anything to judge by: what they are made of is read while the bundle is. */
export interface JudgePool {
  /**
   * Once only.
   * @throws what a worker threw: there is no result without all files.
   */
  readonly judge: (
    start: WorkerStart,
    onJudged: (count: number) => void,
  ) => Promise<readonly JudgedFile[]>
  readonly stop: () => Promise<void>
}

export function openJudgePool(files: readonly ScannedFile[]): JudgePool {
  const batches = makeBatches(files)
  const count = Math.min(availableParallelism(), MAX_WORKERS, batches.length)
  const threads = Array.from({ length: count }, startThread)
  return {
    judge: (start, onJudged) => {
      for (const thread of threads) thread.start(start)
      return judgeBatches(batches, threads, onJudged)
    },
    stop: async () => {
      await Promise.all(threads.map((thread) => thread.stop()))
    },
  }
}

async function judgeBatches(
  batches: readonly (readonly ScannedFile[])[],
  threads: readonly Thread[],
  onJudged: (count: number) => void,
): Promise<readonly JudgedFile[]> {
  const results: (readonly JudgedFile[])[] = []
  let next = 0
  const work = async (thread: Thread): Promise<void> => {
    for (;;) {
      const id = next++
      const batch = batches[id]
      if (batch === undefined) return
      const loaded = await Promise.all(
        batch.map(async ({ path, read }) => ({ path, bytes: await read() })),
      )
      results[id] = await thread.judge({ id, files: loaded })
      onJudged(batch.length)
    }
  }
  await Promise.all(
    threads.flatMap((thread) => Array.from({ length: TASKS_AHEAD }, () => work(thread))),
  )
  return results.flat()
}

function makeBatches(files: readonly ScannedFile[]): readonly (readonly ScannedFile[])[] {
  const batches: ScannedFile[][] = []
  let last: ScannedFile[] = []
  let size = Number.POSITIVE_INFINITY
  for (const file of files) {
    if (size + file.size > BATCH_BYTES || last.length >= BATCH_FILES) {
      last = []
      size = 0
      batches.push(last)
    }
    last.push(file)
    size += file.size
  }
  return batches
}

interface Waiting {
  readonly resolve: (judged: readonly JudgedFile[]) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly start: (start: WorkerStart) => void
  readonly judge: (task: WorkerTask) => Promise<readonly JudgedFile[]>
  readonly stop: () => Promise<unknown>
}

function startThread(): Thread {
  const worker = new Worker(new URL('./judge-worker.js', import.meta.url))
  const waiting = new Map<number, Waiting>()
  let failure: Error | undefined
  const fail = (error: Error): void => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
  }
  worker.on('message', ({ id, judged }: WorkerAnswer) => {
    waiting.get(id)?.resolve(judged)
    waiting.delete(id)
  })
  worker.on('error', (error) => fail(describe(error)))
  worker.on('messageerror', fail)
  worker.on('exit', (code) =>
    fail(new Error(`a thread ended with ${code} before its work was done`)),
  )
  return {
    start: (start) => worker.postMessage(start),
    judge: (task) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure)
          return
        }
        waiting.set(task.id, { resolve, reject })
        worker.postMessage(task)
      }),
    stop: () => worker.terminate(),
  }
}

function describe(error: unknown): Error {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new InputError('there is not enough memory to judge these files', { cause: error })
  }
  return error instanceof Error ? error : new Error(String(error))
}
