// The other side of judge-pool.ts: a thread with an engine of its own.
import { parentPort, workerData } from 'node:worker_threads'
import { readResources } from '../kubernetes/read-resources.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../policy/engine-options.ts'
import { loadEngine } from '../policy/engine.ts'
import { createFileJudge } from './judge-file.ts'
import type { WorkerAnswer, WorkerStart, WorkerTask } from './judge-pool.ts'

// What the main thread put there.
const { bundle, settings, oldFiles } = workerData as WorkerStart
const { engine } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
if (engine === undefined) throw new Error('the bundle does not load in a thread')
const judgeFile = createFileJudge(
  engine,
  settings,
  oldFiles.flatMap((file) => readResources(file).resources),
)

parentPort?.on('message', ({ id, files }: WorkerTask) => {
  const judged = files.map(({ path, bytes }) => judgeFile(path, bytes))
  parentPort?.postMessage({ id, judged } satisfies WorkerAnswer)
})
