// What the API server has in a workload, and where. Sources: k8s.io/api core/v1, apps/v1, batch/v1.
import { at, isList, isMap, type MapTree, type Tree } from '../tree.ts'
import { sameTree } from './same-tree.ts'
import type { Request } from './request.ts'

export type Path = readonly (string | number)[]

export const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const
type ContainerList = (typeof CONTAINER_LISTS)[number]

const TEMPLATE: Path = ['spec', 'template']
const TEMPLATES: Readonly<Record<string, Path>> = {
  podtemplates: ['template'],
  replicationcontrollers: TEMPLATE,
  'apps/replicasets': TEMPLATE,
  'apps/deployments': TEMPLATE,
  'apps/statefulsets': TEMPLATE,
  'apps/daemonsets': TEMPLATE,
  'batch/jobs': TEMPLATE,
  'batch/cronjobs': ['spec', 'jobTemplate', ...TEMPLATE],
}
export const WORKLOADS: readonly string[] = ['pods', ...Object.keys(TEMPLATES)]

/** What one request asks to judge. */
export interface Subject {
  readonly request: Request
  /** On DELETE the old object, else the new one. */
  readonly object: MapTree
  /** What an UPDATE changes; undefined where there is nothing to compare with. */
  readonly before: MapTree | undefined
  /** The pod template's place; undefined for a Pod. */
  readonly template: Path | undefined
  readonly specPath: Path
}

/** Undefined where there is no object. */
export function subjectOf(request: Request): Subject | undefined {
  const { operation, resource, object, oldObject } = request
  const judged = operation === 'DELETE' && isMap(oldObject) ? oldObject : object
  if (!isMap(judged)) return undefined
  const template = TEMPLATES[resource]
  return {
    request,
    object: judged,
    before: operation === 'UPDATE' && isMap(oldObject) ? oldObject : undefined,
    template,
    specPath: [...(template ?? []), 'spec'],
  }
}

/** Undefined where there is none, which is a fault unless `mayLackSpec`. */
export function podSpecOf({ object, specPath }: Subject): MapTree | undefined {
  const spec = at(object, ...specPath)
  return isMap(spec) ? spec : undefined
}

/** Of all workloads only a ReplicationController may be without a template. */
export function mayLackSpec({ request, object }: Subject): boolean {
  const spec = at(object, 'spec')
  if (request.resource !== 'replicationcontrollers' || !isMap(spec)) return false
  return (at(spec, 'template') ?? null) === null
}

/** Places of lists that cannot be seen, or of what in them is no container. */
export function unseenContainers(spec: MapTree, specPath: Path): Path[] {
  return CONTAINER_LISTS.flatMap((list): Path[] => {
    const items = at(spec, list)
    if (isList(items)) {
      return items.flatMap((item, i): Path[] => (isMap(item) ? [] : [[...specPath, list, i]]))
    }
    const isAbsent = items === undefined || items === null
    return isAbsent && list !== 'containers' ? [] : [[...specPath, list]]
  })
}

export interface Container {
  readonly list: ContainerList
  readonly tree: MapTree
  readonly path: Path
}

export function containersOf(
  spec: MapTree,
  specPath: Path,
  lists: readonly ContainerList[],
): Container[] {
  return lists.flatMap((list) => {
    const items = at(spec, list)
    if (!isList(items)) return []
    return items.flatMap((tree, i) =>
      isMap(tree) ? [{ list, tree, path: [...specPath, list, i] }] : [],
    )
  })
}

const KEPT_BY_CONTROLLERS = ['finalizers', 'generation', 'managedFields', 'resourceVersion']

/** An update that changes at most the status, finalizers and what the API server counts: it must pass, or nothing could go. */
export function isUpkeep({ object, before }: Subject): boolean {
  if (before === undefined) return false
  const metadata = at(object, 'metadata')
  const metadataBefore = at(before, 'metadata')
  return (
    isMap(metadata) &&
    isMap(metadataBefore) &&
    sameTree(
      without(metadata, KEPT_BY_CONTROLLERS),
      without(metadataBefore, KEPT_BY_CONTROLLERS),
    ) &&
    sameTree(without(object, ['metadata', 'status']), without(before, ['metadata', 'status']))
  )
}

function without(tree: MapTree, keys: readonly string[]): Tree {
  return { kind: 'map', members: tree.members.filter(([key]) => !keys.includes(key)) }
}
