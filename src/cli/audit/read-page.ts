// A page of a cluster's objects, as the engine judges them.
import { ClusterError } from '../../cluster/cluster-error.ts'
import type { ListableResource } from '../../cluster/served-resources.ts'
import { createResource, type Resource, stringAt } from '../../kubernetes/resource.ts'
import { createSourceFile } from '../../source/source-file.ts'
import { readJsonStream } from '../../yaml/read-json.ts'
import { withEntries, type YamlNode } from '../../yaml/yaml-node.ts'

/**
 * Reads the text of a list, with integers past 2^53 as exact as a webhook gets them.
 *
 * @throws ClusterError `unexpected-answer`
 */
export function readPage(text: string, served: ListableResource): readonly Resource[] {
  const { roots, diagnostics, failure } = readJsonStream(
    createSourceFile(served.path, text),
    0,
    text.length,
  )
  const fault = failure?.message ?? diagnostics[0]?.message
  if (fault !== undefined) {
    throw new ClusterError('unexpected-answer', `a page of ${served.path} cannot be read: ${fault}`)
  }
  const items = roots[0]?.entries?.get('items')?.items ?? []
  return items.map((item) => toResource(item, served))
}

/** A list leaves out what its items are. */
function toResource(item: YamlNode, served: ListableResource): Resource {
  const { group, version, kind } = served
  const apiVersion = group === '' ? version : `${group}/${version}`
  const metadata = item.entries?.get('metadata')
  const namespace = stringAt(metadata, 'namespace') ?? ''
  const parts = [namespace, kind, stringAt(metadata, 'name') ?? '']
  const place = parts.filter((part) => part !== '').join('/')
  return createResource({ apiVersion, kind }, withEntries(item, { apiVersion, kind }), {
    file: createSourceFile(place, ''),
    documentIndex: 0,
    prefix: [],
    served: { ...served, known: true },
  })
}
