// Tells of changed files. Events of the system only wake it: what has changed is found by looking, so that editors that write
// in several steps, and file systems that send no events, are all the same to it.
import { type FSWatcher, watch as watchDirectory } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Editors write a file in several steps. */
const SETTLE_MS = 50
/** For file systems without events, and directories that are new. */
const POLL_MS = 1_000

/**
 * Calls back with the paths that were added, changed or removed among those that are listed, until the function that comes back
 * is called. What changes after the promise resolved is not missed. Where the listing fails, nothing has changed.
 *
 * @throws what the first listing throws.
 */
export async function watch(
  list: () => Promise<readonly string[]>,
  onChange: (changed: readonly string[]) => void,
): Promise<() => void> {
  const watchers = new Map<string, FSWatcher>()
  let settling: NodeJS.Timeout | undefined
  let isClosed = false
  let isLooking = false
  let stamps = await readStamps(await list())

  const wake = (): void => {
    clearTimeout(settling)
    settling = setTimeout(() => void look(), SETTLE_MS)
  }
  const look = async (): Promise<void> => {
    if (isLooking) {
      wake()
      return
    }
    isLooking = true
    try {
      const found = await readStamps(await list())
      if (isClosed) return
      const changed = differences(stamps, found)
      stamps = found
      listen([...found.keys()])
      if (changed.length > 0) onChange(changed)
    } catch {
      // A directory that is being replaced; the next look finds what came of it.
    } finally {
      isLooking = false
    }
  }
  const listen = (paths: readonly string[]): void => {
    const directories = new Set(paths.map((path) => dirname(path)))
    for (const [directory, watcher] of watchers) {
      if (directories.has(directory)) continue
      watcher.close()
      watchers.delete(directory)
    }
    for (const directory of directories) {
      if (watchers.has(directory)) continue
      try {
        const watcher = watchDirectory(directory, wake)
        watcher.on('error', () => {
          watcher.close()
          watchers.delete(directory)
        })
        watchers.set(directory, watcher)
      } catch {
        // No events here, or no more of them: looking now and then has to do.
      }
    }
  }

  listen([...stamps.keys()])
  const polling = setInterval(() => void look(), POLL_MS)
  return () => {
    isClosed = true
    clearTimeout(settling)
    clearInterval(polling)
    for (const watcher of watchers.values()) watcher.close()
  }
}

/** What tells one state of a file from another, by path; a file that is gone has none. */
async function readStamps(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const stamps = await Promise.all(
    paths.map(async (path) => {
      try {
        const { mtimeMs, size, ino } = await stat(path)
        return [path, `${mtimeMs} ${size} ${ino}`] as const
      } catch {
        return undefined
      }
    }),
  )
  return new Map(stamps.filter((each) => each !== undefined))
}

function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path)).toSorted()
}
