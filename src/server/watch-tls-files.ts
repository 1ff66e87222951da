// Certificates from files that somebody else replaces: the kubelet by one rename, a person by an editor, a script slowly and one
// after the other. Nothing is believed before two looks some time apart have found the same bytes.
import { CertError } from '../certs/cert-error.ts'
import type { Clock } from '../host/clock.ts'
import type { FileSystem } from '../host/files.ts'
import { readTlsFiles, type TextsOf, type TlsPaths } from './read-tls-files.ts'
import type { TlsSink } from './tls-source.ts'

/** For so long the files have to stay as they are. */
const QUIET_MS = 2_000
/** Events get lost, and a certificate that was not valid yet becomes so. */
const POLL_MS = 10_000

type Found<Paths> = {
  readonly tls?: TextsOf<Paths>
  readonly fault?: string
  readonly sinceMs: number
}

/** All of a pair's files are a `TlsSource`. */
export function watchTlsFiles<Paths extends Partial<TlsPaths>>(
  paths: Paths,
  { files, clock }: { readonly files: FileSystem; readonly clock: Clock },
): (sink: {
  readonly offer: (texts: TextsOf<Paths>) => void
  readonly fail: TlsSink['fail']
}) => Promise<() => void> {
  return async ({ offer, fail }) => {
    let last: Found<Paths> | undefined
    let timer: NodeJS.Timeout | undefined
    let dueMs = 0
    let isLooking = false
    let isClosed = false

    const lookIn = (delayMs: number): void => {
      if (isClosed) return
      clearTimeout(timer)
      dueMs = clock.elapsedMs() + delayMs
      timer = setTimeout(() => void look(), delayMs)
    }
    const look = async (): Promise<void> => {
      isLooking = true
      dueMs = Number.POSITIVE_INFINITY
      const found = await read(paths, files, clock)
      isLooking = false
      if (isClosed) return
      if (last === undefined || !isSame(last, found)) last = found
      const quietMs = found.sinceMs - last.sinceMs
      if (quietMs >= QUIET_MS) {
        if (last.tls !== undefined) offer(last.tls)
        else if (last.fault !== undefined) fail(last.fault)
      }
      // Something may have been heard meanwhile.
      const nextMs = quietMs >= QUIET_MS ? POLL_MS : QUIET_MS - quietMs
      lookIn(Math.max(0, Math.min(nextMs, dueMs - clock.elapsedMs())))
    }
    const wake = (): void => {
      // Never later than it is due anyway: files that change without end are looked at all the same.
      const soonMs = clock.elapsedMs()
      if (isLooking) dueMs = soonMs
      else if (dueMs > soonMs) lookIn(0)
    }

    const watched = Object.values(paths) as readonly string[]
    const unwatch = await files.watch(async () => watched, wake)
    // Once now: they may have changed since the server read them.
    lookIn(0)
    return () => {
      isClosed = true
      clearTimeout(timer)
      unwatch()
    }
  }
}

async function read<Paths extends Partial<TlsPaths>>(
  paths: Paths,
  files: FileSystem,
  clock: Clock,
): Promise<Found<Paths>> {
  try {
    return { tls: await readTlsFiles(paths, files), sinceMs: clock.elapsedMs() }
  } catch (error) {
    if (!(error instanceof CertError)) throw error
    return { fault: error.message, sinceMs: clock.elapsedMs() }
  }
}

function isSame<Paths>(one: Found<Paths>, other: Found<Paths>): boolean {
  return one.fault === other.fault && JSON.stringify(one.tls) === JSON.stringify(other.tls)
}
