// `--shard I/N`: which of a cluster's objects are this run's, so that N runs share the work and each object is judged by one.
import { createHash } from 'node:crypto'
import type { Resource } from '../../kubernetes/resource.ts'
import { UsageError } from '../usage-error.ts'

export interface Shard {
  /** From 0, as an Indexed Job counts its pods. */
  readonly index: number
  readonly count: number
}

export const WHOLE: Shard = { index: 0, count: 1 }

const MAX_COUNT = 10_000

/** @throws {UsageError} */
export function parseShard(text: string | undefined): Shard {
  if (text === undefined) return WHOLE
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? []
  const shard = { index: Number(index), count: Number(count) }
  if (shard.count > 0 && shard.count <= MAX_COUNT && shard.index < shard.count) return shard
  throw new UsageError(
    `\`--shard\` takes I/N with I from 0 to N-1 and N up to ${MAX_COUNT}, got \`${text}\``,
  )
}

/** By the object's name, not its UID: what is made anew under its name stays in the shard whose reports speak of it. */
export function isInShard(
  { index, count }: Shard,
  resource: Pick<Resource, 'apiVersion' | 'kind' | 'namespace' | 'name'>,
): boolean {
  if (count === 1) return true
  const { apiVersion, kind, namespace = '', name } = resource
  const key = JSON.stringify([apiVersion, kind, namespace, name])
  return createHash('sha256').update(key).digest().readUInt32BE() % count === index
}
