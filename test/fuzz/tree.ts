// JSON as it is written, which values of JavaScript cannot hold: keys given twice, `__proto__`, numbers digit by digit.

export type Tree = null | boolean | string | NumberTree | readonly Tree[] | MapTree

export interface NumberTree {
  readonly kind: 'number'
  readonly text: string
}

export interface MapTree {
  readonly kind: 'map'
  readonly members: readonly Member[]
}

export type Member = readonly [key: string, value: Tree]

/** Members that are undefined are left out. */
export function map(members: Readonly<Record<string, Tree | undefined>>): MapTree {
  return mapOf(
    Object.entries(members).filter((member): member is [string, Tree] => member[1] !== undefined),
  )
}

export function mapOf(members: readonly Member[]): MapTree {
  return { kind: 'map', members }
}

/** `1e400` as well as `1`. */
export function number(text: string | number): NumberTree {
  return { kind: 'number', text: String(text) }
}

export function isList(tree: Tree | undefined): tree is readonly Tree[] {
  return Array.isArray(tree)
}

export function isMap(tree: Tree | undefined): tree is MapTree {
  return typeof tree === 'object' && tree !== null && !isList(tree) && tree.kind === 'map'
}

export function isNumber(tree: Tree | undefined): tree is NumberTree {
  return typeof tree === 'object' && tree !== null && !isList(tree) && tree.kind === 'number'
}

/** The value of a map's key, the last one where it is given twice; undefined where there is none, or no map. */
export function at(
  tree: Tree | undefined,
  ...path: readonly (string | number)[]
): Tree | undefined {
  let value = tree
  for (const key of path) {
    if (typeof key === 'number') value = isList(value) ? value[key] : undefined
    else
      value = isMap(value) ? value.members.findLast((member) => member[0] === key)?.[1] : undefined
  }
  return value
}

/** How strings and the space between tokens are written; plainly where nothing is said. */
export interface Spelling {
  readonly string: (text: string) => string
  readonly space: () => string
}

const PLAIN: Spelling = { string: (text) => JSON.stringify(text), space: () => '' }

export function write(tree: Tree, spelling: Spelling = PLAIN): string {
  const { string, space } = spelling
  if (typeof tree === 'string') return string(tree)
  if (tree === null || typeof tree === 'boolean') return String(tree)
  if (isList(tree)) {
    return `[${tree.map((item) => space() + write(item, spelling) + space()).join(',')}]`
  }
  if (tree.kind === 'number') return tree.text
  const members = tree.members.map(
    ([key, value]) =>
      `${space()}${string(key)}${space()}:${space()}${write(value, spelling)}${space()}`,
  )
  return `{${members.join(',')}}`
}
