import type { Random } from '../random.ts'
import { map, number, type Tree } from '../tree.ts'

const JUNK: readonly Tree[] = [
  null,
  true,
  false,
  '',
  ' ',
  'x',
  'true',
  '\u200b',
  '__proto__',
  number(0),
  number(1),
  number('-0'),
  number('0.0'),
  number('1e400'),
  number('-1.5e-7'),
  number('9007199254740993'),
  [],
  [null],
  ['x'],
  [[]],
  map({}),
  map({ x: 'y' }),
  map({ name: 'app' }),
]

// Invisible, of another script, turning the direction of text, ending lines, meaning something to a shell or a terminal; the
// Kelvin sign, which is a `k` in lower case.
const ODD_CHARACTERS: readonly string[] = [
  ...words(
    '\u200b \u202e \u0301 \u0430 \uff0e \u{1f600} \u212a \u007f " \\ / . : @ % \u001b - _ A \ufffd',
  ),
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\n',
  '\t',
  ' ',
  '\u0085',
  '\u{e0001}',
]

/** Of any type: what stands where something else should. */
export function junk(random: Random): Tree {
  return random.pick(JUNK)
}

export function insertOddCharacter(random: Random, text: string): string {
  const place = random.between(0, text.length)
  return text.slice(0, place) + random.pick(ODD_CHARACTERS) + text.slice(place)
}

/** For tables of texts without spaces. */
export function words(text: string): readonly string[] {
  return text.trim().split(/[ \n]+/)
}
