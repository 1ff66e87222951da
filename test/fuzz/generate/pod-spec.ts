import { map, type MapTree, number, type Tree } from '../tree.ts'
import { goodImage, image } from './images.ts'
import { insertOddCharacter, junk } from './junk.ts'
import { goodQuantity, quantity } from './quantities.ts'
import type { Taste } from './taste.ts'

export function podSpec(taste: Taste): MapTree {
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
        'example.com/dongle': random.chance(25) ? amount() : undefined,
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
