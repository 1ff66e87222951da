// Files judged by this thread and, where there are many, by others beside it. Which thread judges which file is left to chance;
// the order of what comes back is not.
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Bundle } from '../../bundle/bundle.ts'
import type { CompiledModule } from '../../policy/plan-instances.ts'
import type { SourceFile } from '../../source/source-file.ts'
import type { FileJudge, JudgedFile, JudgeSettings } from './judge-file.ts'
import type { ScannedFile } from '../inputs/scan-inputs.ts'
import { InputError } from '../usage-error.ts'

/** What a worker is told first. */
export interface WorkerStart {
  readonly bundle: Bundle
  readonly compiled: CompiledModule
  readonly settings: JudgeSettings
  readonly oldFiles: readonly SourceFile[]
}

interface LoadedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Files to judge. */
export interface WorkerTask {
  readonly id: number
  readonly files: readonly LoadedFile[]
}

/** What they came to, in their order. */
export interface WorkerAnswer {
  readonly id: number
  readonly judged: readonly JudgedFile[]
}

/**
 * From here on threads pay: until then one that starts, and whose code V8 optimizes once more, takes as much of the processor as it
 * gives.
 */
const THREADS_FROM_BYTES = 4 * 1024 * 1024
/** A thread needs some 100 MB with its module and its modules' code. */
const MAX_WORKERS = 7
/** Enough for a message not to count, little enough that threads end together. */
const BATCH_BYTES = 128 * 1024
const BATCH_FILES = 32
/** So that one is there when the one before is done. */
const TASKS_AHEAD = 2

/** Threads that are there before there is anything to judge by: what they are made of is read while the bundle is. */
export interface JudgePool {
  /**
   * Once only.
   * @param judgeHere Judges as the others do, in this thread.
   * @throws what a thread threw: there is no result without all files.
   */
  readonly judge: (
    start: WorkerStart,
    judgeHere: FileJudge,
    onJudged: (count: number) => void,
  ) => Promise<readonly JudgedFile[]>
  /** They end while the report is made. */
  readonly stop: () => void
}

export function openJudgePool(files: readonly ScannedFile[]): JudgePool {
  const batches = makeBatches(files)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const others = Math.min(availableParallelism(), batches.length) - 1
  const count = bytes < THREADS_FROM_BYTES ? 0 : Math.min(others, MAX_WORKERS)
  const threads = Array.from({ length: count }, startThread)
  return {
    judge: (start, judgeHere, onJudged) => {
      for (const thread of threads) thread.start(start)
      return judgeBatches(batches, threads, judgeHere, onJudged)
    },
    stop: () => {
      for (const thread of threads) thread.stop()
    },
  }
}

async function judgeBatches(
  batches: readonly (readonly ScannedFile[])[],
  threads: readonly Thread[],
  judgeHere: FileJudge,
  onJudged: (count: number) => void,
): Promise<readonly JudgedFile[]> {
  const results: (readonly JudgedFile[])[] = []
  let next = 0
  const work = async (judge: (task: WorkerTask) => Promise<readonly JudgedFile[]>) => {
    for (;;) {
      const id = next++
      const batch = batches[id]
      if (batch === undefined) return
      const files: LoadedFile[] = []
      for (const { path, read } of batch) files.push({ path, bytes: await read() })
      results[id] = await judge({ id, files })
      onJudged(batch.length)
    }
  }
  const here = async ({ files }: WorkerTask): Promise<readonly JudgedFile[]> => {
    const judged = files.map(({ path, bytes }) => judgeHere(path, bytes))
    // The others' answers come in, and they are sent more.
    await setImmediate()
    return judged
  }
  try {
    await Promise.all([
      ...threads.flatMap(({ judge }) => Array.from({ length: TASKS_AHEAD }, () => work(judge))),
      work(here),
    ])
  } finally {
    // Where one has failed, the others need not go on.
    next = batches.length
  }
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
  readonly stop: () => void
}

function startThread(): Thread {
  // It prints nothing, and connecting its streams with ours takes a while.
  const streams = { stdout: true, stderr: true }
  const worker = new Worker(new URL('./judge-worker.js', import.meta.url), streams)
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
    stop: () => {
      void worker.terminate()
    },
  }
}

function describe(error: unknown): Error {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new InputError('there is not enough memory to judge these files', { cause: error })
  }
  return error instanceof Error ? error : new Error(String(error))
}
