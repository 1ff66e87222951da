// The objects as they are in the cluster, by what they are called: `check --old`.
import { type Diagnostic, diagnostic } from '../../diagnostic/diagnostic.ts'
import { describeResource, type Resource } from '../../kubernetes/resource.ts'
import { resourceOf } from '../../kubernetes/resource-of.ts'
import { locate } from '../../yaml/locate.ts'

export interface OldObjects {
  readonly find: (resource: Resource) => Resource | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** @param namespace Takes the place of the one that an object names. */
export function indexOldObjects(
  resources: readonly Resource[],
  namespace: string | undefined,
): OldObjects {
  const known = new Map<string, Resource>()
  const diagnostics: Diagnostic[] = []
  for (const each of resources) {
    // One whose name is yet to be made cannot be there already.
    if (each.name === '') continue
    const key = keyOf(each, namespace)
    const first = known.get(key)
    if (first === undefined) known.set(key, each)
    else diagnostics.push(twice(each, first))
  }
  return {
    find: (resource) =>
      known.size === 0 || resource.name === '' ? undefined : known.get(keyOf(resource, namespace)),
    diagnostics,
  }
}

/** The API server hands over both objects in one version; to convert one is its business. */
export function versionFault(resource: Resource, old: Resource): Diagnostic | undefined {
  if (resource.apiVersion === old.apiVersion) return undefined
  return diagnostic(
    'kubernetes/old-object',
    `${describeResource(resource)} is \`${resource.apiVersion}\`, and its old object \`${old.apiVersion}\``,
    {
      primary: labelOf(resource),
      related: [{ ...labelOf(old), text: 'the old object' }],
      help: 'give both in one version, `kubectl get -o yaml RESOURCE.VERSION.GROUP` has any of them',
    },
  )
}

function twice(resource: Resource, first: Resource): Diagnostic {
  const message = `${describeResource(resource)} stands twice among the old objects`
  return diagnostic('kubernetes/old-object', message, {
    primary: labelOf(resource),
    related: [{ ...labelOf(first), text: 'first here' }],
  })
}

function labelOf({ file, node }: Resource) {
  return { file, span: locate(node, ['metadata', 'name']).span }
}

function keyOf({ apiVersion, kind, name, namespace }: Resource, override: string | undefined) {
  const { group, namespaced } = resourceOf(apiVersion, kind)
  const scope = namespaced ? (override ?? namespace ?? 'default') : ''
  return JSON.stringify([group, kind, scope, name])
}
