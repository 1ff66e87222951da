// What a violation is known by from one run to the next, so that a line that moved is not a new one.
import { createHash } from 'node:crypto'
import { type Resource, stringAt } from '../kubernetes/resource.ts'
import { resourceOf } from '../kubernetes/resource-of.ts'
import type { Violation } from '../policy/outcome.ts'
import type { YamlNode } from '../yaml/yaml-node.ts'

/**
 * Returns 32 hex digits over policy, object, path and message. Neither the line nor the file counts, nor the API's version,
 * nor the order of lists whose items have names, nor numbers in the message: counts and an image's tag change, and the fault
 * stays.
 */
export function fingerprintOf(resource: Resource, policy: string, violation: Violation): string {
  const { group } = resourceOf(resource.apiVersion, resource.kind)
  const name =
    resource.name || (stringAt(resource.node.entries?.get('metadata'), 'generateName') ?? '')
  const parts = [
    policy,
    group,
    resource.kind,
    resource.namespace ?? '',
    name,
    namedPath(resource.node, violation.path ?? []),
    withoutNumbers(violation.message),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

/** The path with the names of list items in place of their indices. */
function namedPath(root: YamlNode, path: readonly (string | number)[]): readonly unknown[] {
  let node: YamlNode | undefined = root
  return path.map((step) => {
    const index = Number(step)
    node = node?.kind === 'list' ? node.items?.[index] : node?.entries?.get(String(step))
    const name = typeof step === 'number' ? stringAt(node, 'name') : undefined
    return name === undefined ? step : { name }
  })
}

// A commit or a digest counts as a number, too.
function withoutNumbers(message: string): string {
  return message.replaceAll(/\b(?=[0-9a-f]*[0-9])[0-9a-f]{7,}\b|[0-9]+/g, '#')
}
