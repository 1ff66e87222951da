import { Random } from '../random.ts'
import { SETTING_NAMES, type SettingName } from '../settings.ts'
import { type MapTree, type Tree, write } from '../tree.ts'
import { hostile } from './hostile.ts'
import { malform } from './malform.ts'
import { mutateReview } from './mutate.ts'
import { review } from './review.ts'

export const FAMILIES = ['valid', 'mutated', 'malformed', 'hostile'] as const
export type Family = (typeof FAMILIES)[number]

export interface Case {
  readonly seed: number
  readonly run: number
  readonly family: Family
  readonly setting: SettingName
  readonly bytes: Uint8Array
  /** Made so that it cannot be a review, whatever anybody reads in it. */
  readonly isMalformed: boolean
}

/** The same case for the same seed and run, whatever ran before. */
export function makeCase(seed: number, run: number): Case {
  const random = new Random(seed, run)
  const family = random.weighted<Family>([
    [45, 'valid'],
    [25, 'mutated'],
    [15, 'malformed'],
    [15, 'hostile'],
  ])
  const setting = random.weighted<SettingName>([
    [3, SETTING_NAMES[0]],
    [1, SETTING_NAMES[1]],
  ])
  const { bytes, isCertain = false } = writeCase(random, family, review(random))
  return { seed, run, family, setting, bytes, isMalformed: isCertain }
}

function writeCase(
  random: Random,
  family: Family,
  tree: MapTree,
): { readonly bytes: Uint8Array; readonly isCertain?: boolean } {
  const encode = (written: Tree): { bytes: Uint8Array } => ({ bytes: Buffer.from(write(written)) })
  switch (family) {
    case 'valid':
      return encode(tree)
    case 'mutated':
      return encode(mutateReview(random, tree))
    case 'malformed':
      return malform(random, tree)
    case 'hostile':
      return { bytes: Buffer.from(hostile(random, tree)) }
  }
}
