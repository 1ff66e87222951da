// Objects as people and controllers write them, with more or fewer faults.
import type { Random } from '../random.ts'
import { map, mapOf, type MapTree, type Member, number, type Tree } from '../tree.ts'
import { goodImage, image } from './images.ts'
import { insertOddCharacter, junk } from './junk.ts'
import { goodOwner, labelValue } from './labels.ts'
import { goodQuantity, quantity } from './quantities.ts'

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

/** Draws values for one review, so many of a hundred from the odd ones. */
export class Taste {
  readonly random: Random
  private readonly oddPercent: number

  constructor(random: Random) {
    this.random = random
    this.oddPercent = random.weighted([
      [5, 0],
      [4, 3],
      [2, 15],
      [1, 40],
    ])
  }

  draw<T extends Tree | undefined>(good: () => T, odd: () => T): T {
    return this.random.chance(this.oddPercent) ? odd() : good()
  }
}

export function workload(taste: Taste, { group, kind }: Kind): MapTree {
  const { random } = taste
  const podSpec = taste.draw(
    () => spec(taste),
    () =>
      random.weighted<Tree | undefined>([
        [5, spec(taste)],
        [1, undefined],
        [1, junk(random)],
      ]),
  )
  const template = taste.draw(
    () => map({ metadata: metadata(taste), spec: podSpec }),
    () =>
      random.pick<Tree | undefined>([
        undefined,
        null,
        map({ spec: podSpec }),
        map({}),
        junk(random),
      ]),
  )
  const body = ((): Readonly<Record<string, Tree | undefined>> => {
    switch (kind) {
      case 'Pod':
        return { spec: podSpec, status: random.chance(20) ? map({ phase: 'Running' }) : undefined }
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

function spec(taste: Taste): MapTree {
  const { random } = taste
  const flag = (): Tree | undefined =>
    taste.draw<Tree | undefined>(
      () =>
        random.weighted<Tree | undefined>([
          [8, undefined],
          [1, false],
          [1, null],
        ]),
      () =>
        random.pick<Tree>([
          true,
          true,
          'true',
          'false',
          '',
          number(0),
          number(1),
          map({}),
          [],
          junk(random),
        ]),
    )
  return map({
    containers: taste.draw<Tree | undefined>(
      () =>
        containers(
          taste,
          random.weighted([
            [5, 1],
            [3, 2],
            [1, 3],
          ]),
        ),
      () =>
        random.pick<Tree | undefined>([
          undefined,
          [],
          [junk(random)],
          junk(random),
          containers(taste, 2),
        ]),
    ),
    initContainers: moreContainers(taste, 25),
    ephemeralContainers: moreContainers(taste, 10),
    volumes: random.chance(20)
      ? taste.draw<Tree>(
          () => [volume(taste), map({ name: 'tmp', emptyDir: map({}) })],
          () => random.pick<Tree>([[volume(taste), volume(taste)], [junk(random)], junk(random)]),
        )
      : undefined,
    hostNetwork: flag(),
    hostPID: random.chance(30) ? flag() : undefined,
    hostIPC: random.chance(30) ? flag() : undefined,
    serviceAccountName: 'shop',
    resources: random.chance(5) ? map({ limits: map({ cpu: '1', memory: '1Gi' }) }) : undefined,
  })
}

function moreContainers(taste: Taste, percent: number): Tree | undefined {
  const { random } = taste
  if (!random.chance(percent)) return undefined
  return taste.draw<Tree>(
    () => containers(taste, random.between(0, 2)),
    () => random.pick<Tree>([null, containers(taste, 1), junk(random), [junk(random)]]),
  )
}

function containers(taste: Taste, count: number): readonly Tree[] {
  return Array.from({ length: count }, (_, i) => container(taste, i))
}

function container(taste: Taste, index: number): Tree {
  const { random } = taste
  return map({
    name: taste.draw<Tree | undefined>(
      () => `c${index}`,
      () =>
        random.pick<Tree | undefined>([
          'c0',
          insertOddCharacter(random, 'app'),
          'n'.repeat(300),
          undefined,
          junk(random),
        ]),
    ),
    image: taste.draw<Tree | undefined>(
      () => goodImage(random),
      () => random.pick<Tree | undefined>([image(random), image(random), image(random), undefined]),
    ),
    resources: taste.draw<Tree | undefined>(
      () =>
        map({ limits: amounts(taste), requests: random.chance(70) ? amounts(taste) : undefined }),
      () =>
        random.pick<Tree | undefined>([
          undefined,
          map({}),
          map({ requests: amounts(taste) }),
          junk(random),
        ]),
    ),
    ports: random.chance(25) ? ports(taste) : undefined,
    restartPolicy: random.chance(5) ? 'Always' : undefined,
  })
}

function amounts(taste: Taste): Tree {
  const { random } = taste
  const amount = (): Tree | undefined =>
    taste.draw<Tree | undefined>(
      () => goodQuantity(random),
      () =>
        random.pick<Tree | undefined>([
          quantity(random),
          quantity(random),
          quantity(random),
          undefined,
        ]),
    )
  return taste.draw<Tree>(
    () =>
      map({
        cpu: amount(),
        memory: amount(),
        'example.com/dongle': random.chance(10) ? amount() : undefined,
      }),
    () =>
      random.pick<Tree>([
        map({ CPU: '1', ' memory': '1Gi' }),
        map({ cpu: quantity(random), memory: quantity(random) }),
        junk(random),
      ]),
  )
}

function ports(taste: Taste): Tree {
  const { random } = taste
  const port = (): Tree =>
    map({
      containerPort: number(8080),
      hostPort: taste.draw<Tree | undefined>(
        () => random.pick<Tree | undefined>([undefined, undefined, number(0), null]),
        () =>
          random.pick<Tree>([
            number(80),
            number('0.0'),
            number('-0'),
            number('0e5'),
            '0',
            '80',
            junk(random),
          ]),
      ),
    })
  return taste.draw<Tree>(
    () => [port()],
    () => random.pick<Tree>([[port(), port()], [junk(random)], junk(random)]),
  )
}

function volume(taste: Taste): Tree {
  const { random } = taste
  return map({
    name: 'model',
    image: taste.draw<Tree | undefined>(
      () => map({ reference: goodImage(random), pullPolicy: 'Always' }),
      () =>
        random.pick<Tree | undefined>([map({ reference: image(random) }), map({}), junk(random)]),
    ),
  })
}
