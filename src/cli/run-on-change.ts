import type { Host } from '../host/host.ts'
import { AppError } from '../errors.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { writeError } from './write-error.ts'

/** What a run reads. */
export interface Watched {
  /** Every file that a run depends on. */
  list(): Promise<readonly string[]>
  /** These have changed, or are gone. */
  forget(paths: readonly string[]): void
}

/** Moves to the top left of a terminal and clears it. */
const CLEAR = '\u001b[H\u001b[2J'

/**
 * Runs, and again at every change of what is read, until a signal comes. What cannot be read now may be there after the next
 * change, so it ends nothing.
 */
export async function runOnChange(
  watched: Watched,
  runOnce: () => Promise<ExitCode>,
  host: Host,
): Promise<ExitCode> {
  let wake = (): void => {}
  let hasChanged = true
  let isOver = false
  const forget = host.onSignal(() => {
    isOver = true
    wake()
  })
  const stop = await host.files.watch(
    () => watched.list(),
    (paths) => {
      watched.forget(paths)
      hasChanged = true
      wake()
    },
  )
  // What was read before the watch began may have changed since.
  watched.forget(await watched.list())
  try {
    for (let isFirst = true; !isOver; isFirst = false) {
      if (hasChanged) {
        hasChanged = false
        if (!isFirst && host.stdout.isTerminal) await host.stdout.write(CLEAR)
        await runAgain(runOnce, host)
        await host.stderr.write('waiting for changes\n')
        // A signal or a change that came while the run held the thread is heard now.
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (hasChanged || isOver) continue
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    stop()
    forget()
  }
  return EXIT.clean
}

async function runAgain(runOnce: () => Promise<ExitCode>, host: Host): Promise<void> {
  try {
    await runOnce()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    await writeError(error, host)
  }
}
