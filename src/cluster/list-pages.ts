import type { JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import { ClusterError } from './cluster-error.ts'
import { type Cluster, parseObject } from './open-cluster.ts'

export interface Page {
  readonly items: readonly JsonObject[]
  /** As it came: integers past 2^53 are exact in it. */
  readonly text: string
  /** Of the whole list: from where to watch. */
  readonly resourceVersion: string
}

export interface ListOptions {
  readonly labelSelector?: string
  /** Objects a page; 500 where absent. */
  readonly pageSize?: number
  readonly signal?: AbortSignal
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
  options: ListOptions = {},
): AsyncGenerator<Page, void, undefined> {
  const { labelSelector, pageSize = PAGE_SIZE, signal } = options
  let next = ''
  do {
    const text = await cluster.askText({
      path,
      query: {
        limit: `${pageSize}`,
        ...(labelSelector === undefined ? {} : { labelSelector }),
        ...(next === '' ? {} : { continue: next }),
      },
      timeoutMs: TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    })
    const { items, metadata } = parseObject(text)
    const { resourceVersion, continue: following = '' } = isJsonObject(metadata) ? metadata : {}
    if (
      typeof resourceVersion !== 'string' ||
      typeof following !== 'string' ||
      !Array.isArray(items)
    ) {
      throw new ClusterError('unexpected-answer', `GET ${path} is answered with no list`)
    }
    yield { items: items.filter(isJsonObject), text, resourceVersion }
    next = following
  } while (next !== '')
}
