// Reviews that are well-formed and made to hurt: deep, wide, long, and full of what other software stumbles over.
import type { Random } from '../random.ts'
import { at, isList, isMap, map, mapOf, type MapTree, number, type Tree, write } from '../tree.ts'
import { words } from './junk.ts'
import { oddSpelling } from './odd-spelling.ts'

type Path = readonly string[]

const OBJECT: Path = ['request', 'object']
const METADATA: Path = [...OBJECT, 'metadata']
const LABELS: Path = [...METADATA, 'labels']
const ANNOTATIONS: Path = [...METADATA, 'annotations']
const SPECS: readonly Path[] = [
  [...OBJECT, 'spec'],
  [...OBJECT, 'spec', 'template', 'spec'],
  [...OBJECT, 'spec', 'jobTemplate', 'spec', 'template', 'spec'],
]
const LISTS = words('containers initContainers ephemeralContainers volumes')
const TEXTS: readonly Path[] = [
  [...LABELS, 'owner'],
  [...METADATA, 'name'],
  [...OBJECT, 'spec', 'serviceAccountName'],
  ['request', 'namespace'],
  ['request', 'uid'],
  [...ANNOTATIONS, 'x'],
]
const NAMED: readonly Path[] = [
  ['request', 'namespace'],
  ['request', 'name'],
  ['request', 'userInfo', 'username'],
]

const POISON = words(
  '__proto__ constructor prototype toString hasOwnProperty __defineGetter__ then toJSON',
)
const BAD_TEXTS: readonly string[] = [
  ...words('\u200b \u202eteam \ufffe \u{10ffff} \u001b[31m'),
  '\ud800',
  'x\udc00',
  '\udc00\ud800',
  '\0',
  'team-a\0',
  '\u2028',
  '\u0085',
]
const NUMBERS: readonly string[] = [
  ...words(`1e400 -1e400 1e-400 9007199254740993 -0 0e999999999 1e99999999999999999999 18446744073709551616
    1E+0000000000000003 1.7976931348623159e308 -9223372036854775809`),
  '9'.repeat(1_000),
  `0.${'0'.repeat(400)}1`,
]
const NAMES: readonly Tree[] = [
  ...words('core-* * ../shop __proto__ constructor core-\u{1f600} KUBE-SYSTEM shop/ " \\'),
  'n'.repeat(1_024),
  'n'.repeat(1_025),
  'core-\0',
  'core-\n',
  'kube-system ',
  null,
  number(1),
  ['shop'],
]
const UIDS: readonly string[] = [
  ...words('__proto__ </script> "\\\u001b'),
  'u'.repeat(128),
  'u'.repeat(129),
  '\u{1f600}'.repeat(64),
  '\u{1f600}'.repeat(65),
  '\n\t',
  '\ud800',
  '\0',
  ' ',
  '\u2028',
]
const REQUEST_KEYS = words('operation subResource dryRun kind resource userInfo')
const WRONG: readonly Tree[] = [
  ...words('PATCH create delete * status scale x/y __proto__'),
  'CREATE ',
  '',
  null,
  number(0),
  true,
  [],
  map({}),
  map({ group: '', version: '', kind: 'Pod', resource: 'pods' }),
  map({ group: null, version: 'v1', kind: 'Pod', resource: 'pods' }),
  map({ group: '', version: 'v1', kind: 'Pod', resource: 'apps/deployments' }),
  map({ group: 'apps', version: 'v2', kind: 'Deployment', resource: 'deployments' }),
]
const TYPES: readonly Tree[] = [...words('Pod PodList v1 apps/v1 pod'), '', null]
const GROUPS: readonly Tree[] = [[number(1)], ['g'], 'system:masters', map({}), null]
const OBJECTS: readonly Tree[] = [[], 'x', number(1), true, map({}), map({ items: [] }), null]

/** The text of a review that is hostile somewhere. */
export function hostile(random: Random, review: MapTree): string {
  const put = (path: Path, value: Tree): string => write(putAt(review, path, value))
  const spec = random.pick(SPECS)
  switch (random.below(15)) {
    case 0:
      return deep(random, review)
    case 1:
      return put(ANNOTATIONS, manyKeys(random))
    case 2:
      return put([...spec, random.pick(LISTS)], manyContainers(random))
    case 3:
      return put(random.pick([ANNOTATIONS, LABELS, [...spec, 'x']]), poison(random))
    case 4:
      return put(random.pick(TEXTS.slice(0, 3)), longText(random))
    case 5:
      return put(random.pick(TEXTS), random.pick(BAD_TEXTS))
    case 6:
      return put(random.pick([...TEXTS, [...spec, 'hostNetwork']]), number(random.pick(NUMBERS)))
    case 7:
      return put(random.pick(NAMED), random.pick(NAMES))
    case 8:
      return put(['request', 'uid'], random.pick(UIDS))
    case 9:
      return put(['request', random.pick(REQUEST_KEYS)], random.pick(WRONG))
    case 10:
      return put([...OBJECT, random.pick(['kind', 'apiVersion'])], random.pick(TYPES))
    case 11:
      return put(['request', 'userInfo', 'groups'], groups(random))
    case 12:
      return write(review, oddSpelling(random))
    case 13:
      return put(OBJECT, random.pick(OBJECTS))
    default:
      return write(makeList(random, review))
  }
}

function deep(random: Random, review: MapTree): string {
  const depth = random.weighted([
    [4, random.between(900, 1_100)],
    [1, random.between(2_000, 9_000)],
    [1, random.between(9_900, 10_200)],
    [1, random.between(10_200, 30_000)],
  ])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"x":', '}'],
  ] as const)
  const isCut = random.chance(10)
  const text = `${open.repeat(depth)}1${close.repeat(isCut ? depth - 1 : depth)}`
  const place = random.pick([ANNOTATIONS, [...LABELS, 'owner'], [...OBJECT, 'spec'], ['x']])
  // A recursive writer would be the first to give up.
  return write(putAt(review, place, 'DEEP')).replace('"DEEP"', () => text)
}

function manyKeys(random: Random): Tree {
  const count = random.weighted([
    [10, 50],
    [5, 300],
    [1, 3_000],
  ])
  return mapOf(
    Array.from({ length: count }, (_, i) => [`key-${i}`, random.chance(50) ? 'x' : map({})]),
  )
}

/** Answers have 16 KiB for all of their faults. */
function manyContainers(random: Random): Tree {
  const count = random.weighted([
    [10, 20],
    [5, 80],
    [1, 400],
  ])
  const name = random.pick([
    'c',
    '\u{1f600}'.repeat(30),
    '"'.repeat(60),
    '\u001b\u0007'.repeat(20),
    'n'.repeat(300),
  ])
  const image = random.pick(['evil.io/x', 'registry.example.com/core/app', '\u202e'.repeat(50)])
  return Array.from({ length: count }, (_, i) => map({ name: `${name}${i}`, image }))
}

function poison(random: Random): Tree {
  const value = random.pick<Tree>([map({ owner: 'team-a' }), true, 'x'])
  return mapOf(POISON.map((key) => [key, value]))
}

function longText(random: Random): string {
  const length = random.weighted([
    [20, 300],
    [5, 10_000],
    [1, 100_000],
  ])
  return 'x'.repeat(length)
}

/** A list of pods at the resource of one. */
function makeList(random: Random, review: MapTree): Tree {
  const kind = random.pick(['PodList', 'List', 'Pods', 'list'])
  const items = random.pick<Tree>([[], [at(review, ...OBJECT) ?? null], map({}), null])
  const asList = putAt(review, ['request', 'kind', 'kind'], kind)
  return putAt(putAt(asList, [...OBJECT, 'kind'], kind), [...OBJECT, 'items'], items)
}

function groups(random: Random): Tree {
  return random.chance(2) ? Array<Tree>(10_001).fill('g') : random.pick(GROUPS)
}

/** Makes maps on the way where there are none. */
function putAt(tree: Tree, [key, ...rest]: Path, value: Tree): Tree {
  if (key === undefined) return value
  if (isList(tree)) return tree
  const members = isMap(tree) ? tree.members : []
  const inner = at(tree, key) ?? mapOf([])
  return mapOf([...members.filter(([other]) => other !== key), [key, putAt(inner, rest, value)]])
}
