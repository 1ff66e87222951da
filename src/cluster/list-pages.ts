import type { JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import type { Cluster } from './open-cluster.ts'
import { ClusterError } from './cluster-error.ts'

export interface Page {
  readonly items: readonly JsonObject[]
  /** Of the whole list: from where to watch. */
  readonly resourceVersion: string
}

const PAGE_SIZE = 500
const TIMEOUT_MS = 30_000

/**
 * A collection, page by page, as it was at one moment. The items of a list lack `apiVersion` and `kind`.
 *
 * @throws ClusterError; `refused` with status 410 where the pages took so long that the moment is forgotten.
 */
export async function* listPages(
  cluster: Cluster,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  let next = ''
  do {
    const list = await cluster.ask({
      path,
      query: { limit: `${PAGE_SIZE}`, ...(next === '' ? {} : { continue: next }) },
      timeoutMs: TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    })
    const { items, metadata } = list
    const { resourceVersion, continue: following = '' } = isJsonObject(metadata) ? metadata : {}
    if (
      typeof resourceVersion !== 'string' ||
      typeof following !== 'string' ||
      !Array.isArray(items)
    ) {
      throw new ClusterError('unexpected-answer', `GET ${path} is answered with no list`)
    }
    yield { items: items.filter(isJsonObject), resourceVersion }
    next = following
  } while (next !== '')
}
