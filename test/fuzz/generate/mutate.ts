// Small structural changes anywhere in a tree, more of them where policies look.
import type { Random } from '../random.ts'
import { isList, isMap, isNumber, mapOf, type Member, number, type Tree } from '../tree.ts'
import { insertOddCharacter, junk, words } from './junk.ts'

const LOOKED_AT: ReadonlySet<string> = new Set([
  ...words('request object oldObject spec template jobTemplate metadata labels'),
  ...words('containers initContainers ephemeralContainers volumes resources limits'),
])

const NEW_KEYS = ['', ...words('__proto__ constructor hostNetwork toString')]

/** How one may be written, and what is near it. */
const INTEGERS = ['1.0', '1e0', '10e-1', '1.00E+0', '-1', '11']

/** Mostly in the objects: what is wrong around them ends before any policy is asked. */
const PLACES: readonly (readonly [number, readonly string[]])[] = [
  [20, ['request', 'object', 'spec']],
  [3, ['request', 'object', 'template']],
  [7, ['request', 'object', 'metadata']],
  [4, ['request', 'object']],
  [3, ['request', 'oldObject', 'spec']],
  [2, ['request', 'oldObject']],
  [2, ['request']],
  [1, []],
]

export function mutateReview(random: Random, review: Tree): Tree {
  let result = review
  for (let i = random.between(1, 3); i > 0; i--) {
    result = mutateAt(random, result, random.weighted(PLACES))
  }
  return result
}

function mutateAt(random: Random, tree: Tree, [key, ...rest]: readonly string[]): Tree {
  if (key === undefined) return mutateOnce(random, tree)
  if (!isMap(tree)) return tree
  return mapOf(
    tree.members.map(([other, value]) => [
      other,
      other === key ? mutateAt(random, value, rest) : value,
    ]),
  )
}

export function mutate(random: Random, tree: Tree, times: number): Tree {
  let result = tree
  for (let i = 0; i < times; i++) result = mutateOnce(random, result)
  return result
}

function mutateOnce(random: Random, tree: Tree): Tree {
  if (isMap(tree) && tree.members.length > 0 && !random.chance(8)) {
    const chosen = random.weighted(
      tree.members.map(([key], i) => [LOOKED_AT.has(key) ? 5 : 1, i] as const),
    )
    if (random.chance(20)) return changeMember(random, tree.members, chosen)
    return mapOf(
      tree.members.map(([key, value], i) => [
        key,
        i === chosen ? mutateOnce(random, value) : value,
      ]),
    )
  }
  if (isList(tree) && tree.length > 0 && !random.chance(25)) {
    const chosen = random.below(tree.length)
    return tree.map((item, i) => (i === chosen ? mutateOnce(random, item) : item))
  }
  return changeValue(random, tree)
}

function changeMember(random: Random, members: readonly Member[], chosen: number): Tree {
  const [key, value] = members[chosen] as Member
  const others = members.filter((_, i) => i !== chosen)
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return mapOf(others)
    case 4:
      // Given twice: the first or the last may be the good one.
      return mapOf(random.shuffle([...members, [key, random.chance(50) ? value : junk(random)]]))
    case 5:
    case 6:
      return mapOf([...others, [changeKey(random, key), value]])
    case 7:
      return mapOf([...members, [random.pick(NEW_KEYS), junk(random)]])
    default:
      return mapOf(random.shuffle(members))
  }
}

function changeKey(random: Random, key: string): string {
  return random.pick([
    key.toUpperCase(),
    key.slice(0, 1).toUpperCase() + key.slice(1),
    insertOddCharacter(random, key),
    `${key} `,
    '__proto__',
  ])
}

function changeValue(random: Random, tree: Tree): Tree {
  if (random.chance(30)) return junk(random)
  if (typeof tree === 'string') {
    return random.chance(70) ? insertOddCharacter(random, tree) : [tree]
  }
  if (isNumber(tree)) {
    const { text } = tree
    const spelled = /^[1-9][0-9]*$/.test(text)
      ? INTEGERS.map((form) => form.replace('1', text))
      : []
    return number(random.pick([...spelled, '1e400', '-0', '0.1']))
  }
  if (isList(tree)) {
    return random.pick<Tree>([
      [],
      random.shuffle(tree),
      [...tree, ...tree],
      [...tree, junk(random)],
      tree[0] ?? null,
      mapOf(tree.map((item, i) => [String(i), item])),
    ])
  }
  if (isMap(tree))
    return random.pick<Tree>([[tree], mapOf([]), null, mapOf(random.shuffle(tree.members))])
  return random.pick<Tree>([true, false, null, 'true', number(1), [tree]])
}
