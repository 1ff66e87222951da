// What the API server serves, asked of its discovery documents: also custom resources, of which nothing is built in.
import type { JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import type { GroupVersionResource } from '../policy/review.ts'
import { ClusterError } from './cluster-error.ts'
import type { Cluster } from './open-cluster.ts'

/** A resource whose objects can be listed. */
export interface ListableResource extends GroupVersionResource {
  readonly kind: string
  readonly namespaced: boolean
  /** Of all its objects: `/apis/apps/v1/deployments`. */
  readonly path: string
}

const TIMEOUT_MS = 30_000

/**
 * The versions of every group, of each group the preferred one first; the core group is the first of all.
 *
 * @throws ClusterError
 */
export async function listGroupVersions(
  cluster: Cluster,
): Promise<readonly Pick<GroupVersionResource, 'group' | 'version'>[]> {
  const core = await cluster.ask({ path: '/api', timeoutMs: TIMEOUT_MS })
  const others = await cluster.ask({ path: '/apis', timeoutMs: TIMEOUT_MS })
  const ofGroups = listIn(others, 'groups').flatMap((each) => {
    const group = textIn(each, 'name')
    const { preferredVersion } = each
    const preferred = isJsonObject(preferredVersion) ? textIn(preferredVersion, 'version') : ''
    const versions = listIn(each, 'versions').map((version) => textIn(version, 'version'))
    return [...new Set([preferred, ...versions])]
      .filter((version) => version !== '')
      .map((version) => ({ group, version }))
  })
  const { versions } = core
  if (!Array.isArray(versions)) throw unexpected('/api')
  const ofCore = versions.map((version) => ({ group: '', version: String(version) }))
  return [...ofCore, ...ofGroups]
}

/** @throws ClusterError; where an extension serves the group, also because it is not there. */
export async function listResources(
  cluster: Cluster,
  { group, version }: Pick<GroupVersionResource, 'group' | 'version'>,
): Promise<readonly ListableResource[]> {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const answer = await cluster.ask({ path: root, timeoutMs: TIMEOUT_MS })
  return listIn(answer, 'resources').flatMap((each) => {
    const { verbs, namespaced } = each
    const resource = textIn(each, 'name')
    const isListable = Array.isArray(verbs) && verbs.includes('list') && !resource.includes('/')
    if (!isListable) return []
    const kind = textIn(each, 'kind')
    return {
      group,
      version,
      resource,
      kind,
      namespaced: namespaced === true,
      path: `${root}/${resource}`,
    }
  })
}

function listIn(object: JsonObject, key: string): readonly JsonObject[] {
  const list = object[key]
  if (!Array.isArray(list)) throw unexpected(key)
  return list.filter(isJsonObject)
}

function textIn(object: JsonObject, key: string): string {
  const text = object[key]
  if (typeof text !== 'string') throw unexpected(key)
  return text
}

function unexpected(what: string): ClusterError {
  return new ClusterError('unexpected-answer', `the API server’s discovery lacks \`${what}\``)
}
