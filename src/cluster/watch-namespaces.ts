// The cluster's Namespaces, kept up to date: listed once, then watched. What is not heard of for too long is not believed, and
// a Namespace that is not known yet is read from the API server when a review needs it.
import { setTimeout } from 'node:timers/promises'
import type { JsonObject } from '../bundle/bundle.ts'
import type { Clock } from '../host/clock.ts'
import type { Logger } from '../host/logger.ts'
import { ClusterError } from './cluster-error.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import { keepFollowing, type WatchTurn } from './keep-following.ts'
import { listPages } from './list-pages.ts'
import {
  metadataOf,
  nameOf,
  namespaceForPolicies,
  namespacePath,
  NAMESPACES_PATH,
} from './namespace-object.ts'
import type { NamespaceSource, WatchedNamespaces } from './namespace-source.ts'
import type { Cluster } from './open-cluster.ts'

export interface NamespaceWatch extends NamespaceSource {
  readonly watched: WatchedNamespaces
  readonly stop: () => Promise<void>
}

/** Past it, what is known is not used any more. */
const MAX_AGE_MS = 150_000
const READ_TIMEOUT_MS = 1_000
/** For how long a single read is believed; by then the watch has told, if it works. */
const READ_KEPT_MS = 5_000
/** More at a time are not read, but left unknown. */
const MAX_READS = 64

interface SingleRead {
  /** Undefined while it is under way, and where nothing was found. */
  readonly object: JsonObject | undefined
  readonly done: Promise<void> | undefined
  readonly atMs: number
}

export function watchNamespaces(
  cluster: Cluster,
  deps: { readonly clock: Clock; readonly logger: Logger },
): NamespaceWatch {
  const { clock, logger } = deps
  let known = new Map<string, JsonObject>()
  const reads = new Map<string, SingleRead>()
  let isSynced = false
  /** Up to which all is known; undefined where everything has to be listed. */
  let version: string | undefined
  let heardMs = Number.NaN

  const ageMs = (): number => clock.elapsedMs() - heardMs
  const isFresh = (): boolean => isSynced && ageMs() <= MAX_AGE_MS
  const hear = (): void => {
    heardMs = clock.elapsedMs()
  }

  const list = async (signal: AbortSignal): Promise<string> => {
    const listed = new Map<string, JsonObject>()
    let listedVersion = ''
    for await (const { items, resourceVersion } of listPages(cluster, NAMESPACES_PATH, {
      signal,
    })) {
      for (const item of items) listed.set(nameOf(item), namespaceForPolicies(item))
      listedVersion = resourceVersion
    }
    known = listed
    version = listedVersion
    isSynced = true
    hear()
    return listedVersion
  }

  const follow = async ({ signal, events, recover }: WatchTurn): Promise<void> => {
    // No recovery: who may list and not watch would list without end.
    const resourceVersion = version ?? (await list(signal))
    for await (const { type, object } of events(NAMESPACES_PATH, { resourceVersion })) {
      if (!isJsonObject(object))
        throw new ClusterError('unexpected-answer', 'an event without object')
      if (type === 'ERROR') throw describeError(object)
      hear()
      recover()
      if (type === 'ADDED' || type === 'MODIFIED')
        known.set(nameOf(object), namespaceForPolicies(object))
      else if (type === 'DELETED') known.delete(nameOf(object))
      version = versionOf(object) ?? version
    }
    hear()
  }

  const readOne = async (name: string): Promise<void> => {
    let object: JsonObject | undefined
    try {
      const read = await cluster.ask({ path: namespacePath(name), timeoutMs: READ_TIMEOUT_MS })
      if (nameOf(read) !== name) throw new ClusterError('unexpected-answer', 'it is another one')
      object = namespaceForPolicies(read)
    } catch (error) {
      // Unknown then, and the binding's failurePolicy decides.
      logger.warn('a namespace could not be read', {
        namespace: name,
        reason: error instanceof Error ? error.message : String(error),
      })
    }
    reads.set(name, { object, done: undefined, atMs: clock.elapsedMs() })
  }
  const forgetReads = (): void => {
    const oldest = clock.elapsedMs() - READ_KEPT_MS
    for (const [name, read] of reads) {
      if (read.done === undefined && read.atMs < oldest) reads.delete(name)
    }
  }
  const countReading = (): number =>
    [...reads.values()].filter((read) => read.done !== undefined).length

  const stop = keepFollowing(cluster, {
    follow,
    // A broken connection is taken up where it broke; after anything else, all are read anew.
    onFault: (error) => {
      if (!(error instanceof ClusterError && error.code === 'unreachable')) version = undefined
    },
    lost: 'namespaces are not watched',
    found: 'namespaces are watched again',
    clock,
    logger,
  })
  return {
    lookup: (name) => {
      const object = (isFresh() ? known.get(name) : undefined) ?? reads.get(name)?.object
      return object === undefined ? { kind: 'unknown' } : { kind: 'found', object }
    },
    prepare: (name) => {
      if (isFresh() && known.has(name)) return undefined
      forgetReads()
      const before = reads.get(name)
      if (before !== undefined) return before.done
      if (countReading() >= MAX_READS) return undefined
      const deadline = setTimeout(READ_TIMEOUT_MS, undefined, { ref: false })
      const done = Promise.race([readOne(name), deadline])
      reads.set(name, { object: undefined, done, atMs: clock.elapsedMs() })
      return done
    },
    fault: () => (isSynced ? undefined : 'namespaces have not been read yet'),
    watched: { count: () => known.size, ageSeconds: () => ageMs() / 1_000 },
    stop,
  }
}

function versionOf(object: JsonObject): string | undefined {
  const { resourceVersion } = metadataOf(object)
  return typeof resourceVersion === 'string' ? resourceVersion : undefined
}

/** A Status in the place of an event: 410 where the version is too old. */
function describeError({ code, message }: JsonObject): ClusterError {
  const status = typeof code === 'number' ? code : 500
  return new ClusterError(
    'refused',
    `the watch is refused with ${status}: ${typeof message === 'string' ? message : 'no reason'}`,
    {
      status,
    },
  )
}
