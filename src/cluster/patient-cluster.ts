import { setTimeout } from 'node:timers/promises'
import { ClusterError } from './cluster-error.ts'
import type { Cluster } from './open-cluster.ts'

/** In all a quarter of a minute; client-go waits longer. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000]

/**
 * For runs that may take their time: where the API server is busy, which it says with status 429 and before it has done anything,
 * it is asked again after a pause.
 */
export function patient(cluster: Cluster): Cluster {
  const persist = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof ClusterError && error.status === 429)) throw error
        await setTimeout(pauseMs)
      }
    }
    return await ask()
  }
  return {
    ...cluster,
    ask: (request) => persist(() => cluster.ask(request)),
    askText: (request) => persist(() => cluster.askText(request)),
  }
}
