// Objects as people and controllers write them, with more or fewer faults.
import { map, mapOf, type MapTree, type Member, number, type Tree } from '../tree.ts'
import { insertOddCharacter, junk } from './junk.ts'
import { goodOwner, labelValue } from './labels.ts'
import { podSpec } from './pod-spec.ts'
import type { Taste } from './taste.ts'

export interface Kind {
  readonly group: string
  readonly resource: string
  readonly kind: string
}

export const WORKLOAD_KINDS: readonly Kind[] = [
  { group: '', resource: 'pods', kind: 'Pod' },
  { group: '', resource: 'podtemplates', kind: 'PodTemplate' },
  { group: '', resource: 'replicationcontrollers', kind: 'ReplicationController' },
  { group: 'apps', resource: 'replicasets', kind: 'ReplicaSet' },
  { group: 'apps', resource: 'deployments', kind: 'Deployment' },
  { group: 'apps', resource: 'statefulsets', kind: 'StatefulSet' },
  { group: 'apps', resource: 'daemonsets', kind: 'DaemonSet' },
  { group: 'batch', resource: 'jobs', kind: 'Job' },
  { group: 'batch', resource: 'cronjobs', kind: 'CronJob' },
]

export function workload(taste: Taste, { group, kind }: Kind): MapTree {
  const { random } = taste
  const spec = taste.draw(
    () => podSpec(taste),
    () =>
      random.weighted<Tree | undefined>([
        [5, podSpec(taste)],
        [1, undefined],
        [1, junk(random)],
      ]),
  )
  const template = taste.draw(
    () => map({ metadata: metadata(taste), spec }),
    () => random.pick<Tree | undefined>([undefined, null, map({ spec }), map({}), junk(random)]),
  )
  const body = ((): Readonly<Record<string, Tree | undefined>> => {
    switch (kind) {
      case 'Pod':
        return { spec, status: random.chance(20) ? map({ phase: 'Running' }) : undefined }
      case 'PodTemplate':
        return { template }
      case 'CronJob':
        return {
          spec: map({ schedule: '0 0 * * *', jobTemplate: map({ spec: map({ template }) }) }),
        }
      default:
        return { spec: map({ replicas: number(random.below(5)), template }) }
    }
  })()
  return map({
    apiVersion: group === '' ? 'v1' : `${group}/v1`,
    kind,
    metadata: taste.draw<Tree | undefined>(
      () => metadata(taste, true),
      () =>
        random.pick<Tree | undefined>([metadata(taste), metadata(taste), undefined, junk(random)]),
    ),
    ...body,
  })
}

function metadata(taste: Taste, isNamed = false): MapTree {
  const { random } = taste
  const name = isNamed && random.chance(70) ? 'app' : undefined
  return map({
    name,
    generateName: isNamed && name === undefined ? 'app-' : undefined,
    labels: taste.draw<Tree | undefined>(
      () => labels(taste),
      () => random.pick<Tree | undefined>([undefined, labels(taste), labels(taste), junk(random)]),
    ),
    annotations: random.chance(20)
      ? map({ owner: 'team-a', 'kubernetes.io/config.mirror': 'x' })
      : undefined,
    finalizers: random.chance(20) ? ['example.com/cleanup'] : undefined,
    deletionTimestamp: random.chance(10) ? '2030-01-01T00:00:00Z' : undefined,
    resourceVersion: random.chance(30) ? String(random.below(1_000)) : undefined,
    generation: random.chance(20) ? number(random.below(9)) : undefined,
    managedFields: random.chance(10)
      ? [map({ manager: 'kubectl', fieldsV1: map({ 'f:spec': map({}) }) })]
      : undefined,
  })
}

function labels(taste: Taste): MapTree {
  const { random } = taste
  const label = (key: string, good: () => Tree): Member => [
    taste.draw(
      () => key,
      () =>
        random.pick([insertOddCharacter(random, key), key.toUpperCase(), '__proto__', key, key]),
    ),
    taste.draw(good, () => labelValue(random)),
  ]
  return mapOf([
    ['app', 'shop'],
    label('owner', () => goodOwner(random)),
    label('example.com/cost-centre', () => 'cc-42'),
  ])
}
