// The other side of judge-pool.ts: a thread with an engine of its own.
import { parentPort } from 'node:worker_threads'
import { readResources } from '../../kubernetes/read-resources.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../policy/engine-options.ts'
import { loadEngine } from '../../policy/engine.ts'
import { createFileJudge, type FileJudge } from './judge-file.ts'
import type { WorkerAnswer, WorkerStart, WorkerTask } from './judge-pool.ts'

parentPort?.once('message', (first: WorkerStart) => {
  const judgeFile = start(first)
  parentPort?.on('message', ({ id, files }: WorkerTask) => {
    const judged = files.map(({ path, bytes }) => judgeFile(path, bytes))
    parentPort?.postMessage({ id, judged } satisfies WorkerAnswer)
  })
})

function start({ bundle, compiled, settings, oldFiles }: WorkerStart): FileJudge {
  const { engine } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS, compiled)
  if (engine === undefined) throw new Error('the bundle does not load in a thread')
  const oldObjects = oldFiles.flatMap((file) => readResources(file).resources)
  return createFileJudge(engine, settings, oldObjects)
}
