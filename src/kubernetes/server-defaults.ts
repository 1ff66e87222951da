// What the API server fills in before admission and a policy may well judge, so that a file meets the verdict it will meet
// there: labels of jobs and replication controllers, requests of pods. Source: k8s.io/kubernetes v1.35, pkg/apis/core/v1/defaults.go
// (SetDefaults_Pod, SetDefaults_ReplicationController) and pkg/apis/batch/v1/defaults.go (SetDefaults_Job).
import { listNode, mapNode, withEntries, type YamlNode } from '../yaml/yaml-node.ts'
import type { ServedResource } from './resource-of.ts'

/** Returns the object itself where there is nothing to fill in. Places of what is filled in are those of where it comes from. */
export function withServerDefaults({ group, resource }: ServedResource, node: YamlNode): YamlNode {
  switch (`${group}/${resource}`) {
    case '/pods':
      return withRequests(node)
    case '/replicationcontrollers':
    case 'batch/jobs':
      return withTemplateLabels(node)
    default:
      return node
  }
}

/** An object without any labels gets those of its template. */
function withTemplateLabels(node: YamlNode): YamlNode {
  const metadata = node.entries?.get('metadata')
  if (isFilled(metadata?.entries?.get('labels'))) return node
  const labels = ['spec', 'template', 'metadata', 'labels'].reduce<YamlNode | undefined>(
    (each, key) => each?.entries?.get(key),
    node,
  )
  if (labels?.entries === undefined || labels.entries.size === 0) return node
  const base = metadata?.kind === 'map' ? metadata : emptyMap(node)
  return withEntries(node, { metadata: withEntries(base, { labels }) })
}

/** Other than absent, null or an empty map. What is no map is not ours to replace: the API server refuses it. */
function isFilled(labels: YamlNode | undefined): boolean {
  if (labels === undefined || labels.scalar === null) return false
  return labels.entries === undefined || labels.entries.size > 0
}

/** Of a resource that a container limits and does not request, it requests as much. */
function withRequests(node: YamlNode): YamlNode {
  const spec = node.entries?.get('spec')
  if (spec?.entries === undefined) return node
  const changes: Record<string, YamlNode> = {}
  for (const list of ['containers', 'initContainers']) {
    const containers = spec.entries.get(list)
    const items = containers?.items?.map(requestLimits)
    if (containers === undefined || items?.every((each, i) => each === containers.items?.[i]))
      continue
    if (items !== undefined) changes[list] = listNode(containers.span, containers.keySpan, items)
  }
  if (Object.keys(changes).length === 0) return node
  return withEntries(node, { spec: withEntries(spec, changes) })
}

function requestLimits(container: YamlNode): YamlNode {
  const resources = container.entries?.get('resources')
  const limits = resources?.entries?.get('limits')
  const requests = resources?.entries?.get('requests')
  if (resources === undefined || limits?.entries === undefined) return container
  if (requests !== undefined && requests.entries === undefined && requests.scalar !== null) {
    return container
  }
  const entries = new Map(requests?.entries)
  for (const [key, limit] of limits.entries) if (!entries.has(key)) entries.set(key, limit)
  if (entries.size === (requests?.entries?.size ?? 0)) return container
  const { span, keySpan } = requests?.entries === undefined ? emptyMap(limits) : requests
  const filled = mapNode(span, keySpan, entries)
  return withEntries(container, { resources: withEntries(resources, { requests: filled }) })
}

function emptyMap({ span }: YamlNode): YamlNode {
  return mapNode(span, undefined, new Map())
}
