import { readJson } from './oracle/read-json.ts'
import { isList, isMap, mapOf, type Tree, write } from './tree.ts'

/** Trials are bounded: a body that is still large can be read as well. */
const MAX_TRIALS = 4_000
const MAX_DEPTH = 500

/** Takes away of a body what it can do without while `fails` still holds. */
export function cutDown(bytes: Uint8Array, fails: (bytes: Uint8Array) => boolean): Uint8Array {
  const json = readJson(bytes)
  if (json === undefined || json.depth > MAX_DEPTH) return bytes
  let trials = 0
  const failsAs = (tree: Tree): boolean => ++trials <= MAX_TRIALS && fails(Buffer.from(write(tree)))
  // How it is spelled may be what fails.
  if (!failsAs(json.tree)) return bytes
  return Buffer.from(write(cutDownTree(json.tree, failsAs)))
}

function cutDownTree(tree: Tree, fails: (tree: Tree) => boolean): Tree {
  if (isMap(tree)) {
    const members = cutDownItems(tree.members, (kept) => fails(mapOf(kept)))
    return mapOf(
      changeEach(members, ([key, value], put) => [
        key,
        cutDownTree(value, (changed) => fails(mapOf(put([key, changed])))),
      ]),
    )
  }
  if (isList(tree)) {
    const items = cutDownItems(tree, fails)
    return changeEach(items, (item, put) => cutDownTree(item, (changed) => fails(put(changed))))
  }
  if (typeof tree !== 'string') return tree
  return cutDownItems(Array.from(tree), (kept) => fails(kept.join(''))).join('')
}

/** Halves first, then smaller and smaller pieces. */
function cutDownItems<T>(
  items: readonly T[],
  fails: (kept: readonly T[]) => boolean,
): readonly T[] {
  let kept = items
  for (let size = Math.ceil(items.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < kept.length;) {
      const without = [...kept.slice(0, start), ...kept.slice(start + size)]
      if (fails(without)) kept = without
      else start += size
    }
  }
  return kept
}

/** Changes one item after the other; `put` gives the list with an item in the place of the one that is being changed. */
function changeEach<T>(
  items: readonly T[],
  change: (item: T, put: (item: T) => readonly T[]) => T,
): readonly T[] {
  const result = [...items]
  for (const [i, item] of items.entries())
    result[i] = change(item, (other) => result.with(i, other))
  return result
}
