import type { Random } from '../random.ts'
import type { Tree } from '../tree.ts'
import { junk, words } from './junk.ts'

const OWNERS = words('team-a team-shop team-0 team-a-b')

const VALUES: readonly string[] = [
  ...words(
    'team-a Team-A a A1 -a a- .a a_b a.b \u00e9 team-\u200b team- xteam-a 12 cc12 1 \uff12\uff12 \u0661\u0662',
  ),
  'a b',
  '\u00a0',
  'team-a\n',
  'x'.repeat(63),
  'x'.repeat(64),
  'x'.repeat(300),
]

export function goodOwner(random: Random): string {
  return random.pick(OWNERS)
}

export function labelValue(random: Random): Tree {
  return random.chance(30) ? junk(random) : random.pick(VALUES)
}
