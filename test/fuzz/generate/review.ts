// Reviews as the API server sends them.
import type { Random } from '../random.ts'
import { NAMESPACES, STRANGE_NAMESPACES } from '../settings.ts'
import { isMap, map, mapOf, type MapTree, type Tree } from '../tree.ts'
import { mutate } from './mutate.ts'
import { Taste } from './taste.ts'
import { type Kind, workload, WORKLOAD_KINDS } from './workload.ts'

interface Asked {
  /** What the request is for. */
  readonly of: Kind
  readonly subResource: string
  /** The kind of the object, which for a subresource may be another. */
  readonly kind: Kind
}

const POD: Kind = { group: '', resource: 'pods', kind: 'Pod' }
const DEPLOYMENT: Kind = { group: 'apps', resource: 'deployments', kind: 'Deployment' }
const OTHERS: readonly Asked[] = [
  ...['ephemeralcontainers', 'resize', 'ephemeralcontainers', 'resize', 'status'].map(
    (subResource) => ({ of: POD, subResource, kind: POD }),
  ),
  ...[
    ['exec', 'PodExecOptions', ''],
    ['attach', 'PodAttachOptions', ''],
    ['portforward', 'PodPortForwardOptions', ''],
    ['binding', 'Binding', ''],
    ['eviction', 'Eviction', 'policy'],
  ].map(([subResource = '', kind = '', group = '']) => ({
    of: POD,
    subResource,
    kind: { group, resource: '', kind },
  })),
  {
    of: DEPLOYMENT,
    subResource: 'scale',
    kind: { group: 'autoscaling', resource: '', kind: 'Scale' },
  },
  { of: DEPLOYMENT, subResource: 'status', kind: DEPLOYMENT },
  ...[
    { group: '', resource: 'configmaps', kind: 'ConfigMap' },
    { group: '', resource: 'namespaces', kind: 'Namespace' },
    { group: 'example.com', resource: 'pods', kind: 'Pod' },
    { group: 'apps', resource: 'pods', kind: 'Pod' },
    { group: 'example.com', resource: 'lists', kind: 'ShoppingList' },
  ].map((of) => ({ of, subResource: '', kind: of })),
]

export function review(random: Random): MapTree {
  const taste = new Taste(random)
  const asked = chooseAsked(random)
  const operation = chooseOperation(random, asked)
  const object = workload(taste, asked.kind)
  const isDelete = operation === 'DELETE'
  return map({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: map({
      uid: uid(random),
      kind: map({ group: asked.kind.group, version: 'v1', kind: asked.kind.kind }),
      resource: map({ group: asked.of.group, version: 'v1', resource: asked.of.resource }),
      subResource: asked.subResource === '' ? undefined : asked.subResource,
      requestKind: map({ group: asked.kind.group, version: 'v1', kind: asked.kind.kind }),
      name: random.chance(70) ? 'app' : undefined,
      namespace: random.chance(90)
        ? random.pick([...NAMESPACES.keys()])
        : random.pick([...STRANGE_NAMESPACES]),
      operation,
      userInfo: map({
        username: random.pick(['jane', 'system:serviceaccount:kube-system:job-controller']),
        groups: random.chance(90) ? ['system:masters', 'system:authenticated'] : undefined,
      }),
      object: isDelete && random.chance(95) ? null : object,
      oldObject: isDelete ? object : operation === 'UPDATE' ? before(random, object) : null,
      dryRun: random.chance(10),
      options: map({ kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' }),
    }),
  })
}

function chooseAsked(random: Random): Asked {
  if (random.chance(18)) return random.pick(OTHERS)
  const kind = random.chance(35) ? POD : random.pick(WORKLOAD_KINDS)
  return { of: kind, subResource: '', kind }
}

function chooseOperation(random: Random, { subResource }: Asked): string {
  if (['exec', 'attach', 'portforward'].includes(subResource)) return 'CONNECT'
  if (subResource !== '') return random.chance(80) ? 'UPDATE' : 'CREATE'
  return random.weighted([
    [55, 'CREATE'],
    [35, 'UPDATE'],
    [8, 'DELETE'],
    [2, 'CONNECT'],
  ])
}

function uid(random: Random): string {
  const part = (): string => random.next().toString(16).padStart(8, '0')
  return `${part()}-6393-11e8-b7cc-${part()}`
}

/** What an update found: the same, the same but for what controllers write, or something a little or quite different. */
function before(random: Random, object: MapTree): Tree {
  switch (random.below(8)) {
    case 0:
      return null
    case 1:
      return object
    case 2:
    case 3:
      return withUpkeep(random, object)
    case 4:
      return changeType(object, workload(new Taste(random), { group: '', resource: '', kind: '' }))
    default:
      return changeType(object, mutate(random, object, random.between(1, 3)))
  }
}

function withUpkeep(random: Random, object: MapTree): Tree {
  const members = object.members.map(([key, value]): readonly [string, Tree] => {
    if (key !== 'metadata' || !isMap(value)) return [key, value]
    const field = random.pick([
      'finalizers',
      'generation',
      'managedFields',
      'resourceVersion',
      'name',
    ])
    return [key, mapOf([...value.members.filter(([each]) => each !== field), [field, 'before']])]
  })
  const isStatusNew = random.chance(30) && !members.some(([key]) => key === 'status')
  return mapOf(isStatusNew ? [...members, ['status', map({ phase: 'Pending' })]] : members)
}

/** An old object is of the new one's kind, whatever else has changed. */
function changeType(object: MapTree, other: Tree): Tree {
  if (!isMap(other)) return other
  const isType = ([key]: readonly [string, Tree]): boolean => key === 'apiVersion' || key === 'kind'
  return mapOf([
    ...object.members.filter(isType),
    ...other.members.filter((member) => !isType(member)),
  ])
}
