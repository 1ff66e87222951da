// CPU and heap profiles of the running server, by V8's own profilers: no native add-on.
import { Session } from 'node:inspector/promises'
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../host/clock.ts'
import { encodeCpuProfile, encodeHeapProfile } from './pprof.ts'

export interface Profiles {
  /** Samples the server's thread and returns pprof, or `busy` while another one is taken; ends early where the signal says so. */
  readonly cpu: (seconds: number, signal: AbortSignal) => Promise<Uint8Array | 'busy'>
  /** Returns what is alive, as pprof, after a full garbage collection. */
  readonly heap: () => Promise<Uint8Array>
  /** Ends what is under way, and the sampling of the heap. */
  readonly stop: () => Promise<void>
}

const CPU_INTERVAL_US = 1_000
const HEAP_INTERVAL_BYTES = 128 * 1024

/** Samples the heap from now on: a profile holds only what was allocated since. */
export async function startProfiles(clock: Clock): Promise<Profiles> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL_BYTES })
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US })
  const stopped = new AbortController()
  let underWay: Promise<Uint8Array> | undefined

  const sampleCpu = async (seconds: number, signal: AbortSignal): Promise<Uint8Array> => {
    const startedAt = clock.now()
    await session.post('Profiler.start')
    await pause(seconds * 1_000, AbortSignal.any([signal, stopped.signal]))
    const { profile } = await session.post('Profiler.stop')
    return encodeCpuProfile(profile, CPU_INTERVAL_US, startedAt)
  }

  return {
    cpu: async (seconds, signal) => {
      if (underWay !== undefined) return 'busy'
      underWay = sampleCpu(seconds, signal)
      try {
        return await underWay
      } finally {
        underWay = undefined
      }
    },
    heap: async () => {
      const { profile } = await session.post('HeapProfiler.getSamplingProfile')
      return encodeHeapProfile(profile, HEAP_INTERVAL_BYTES, clock.now())
    },
    stop: async () => {
      stopped.abort()
      await underWay
      session.disconnect()
    },
  }
}

/** Ends early, as a success, at the signal; holds up no process that is done otherwise. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return setTimeout(milliseconds, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
