// What js-yaml alone needs for the files below a directory: in threads, as many as ours are, each reading its share and parsing it.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { loadAll } from 'js-yaml'

if (isMainThread) {
  const directory = process.argv[2] ?? '.'
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .map((path) => join(directory, path))
  const count = availableParallelism()
  for (let index = 0; index < count; index++) {
    const share = paths.filter((_, i) => i % count === index)
    new Worker(new URL(import.meta.url), { workerData: share })
  }
} else {
  let documents = 0
  for (const path of workerData as readonly string[]) {
    documents += loadAll(readFileSync(path, 'utf8')).length
  }
  parentPort?.postMessage(documents)
}
