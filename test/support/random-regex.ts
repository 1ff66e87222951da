// Regular expressions that RE2 and Go's regexp read alike, and texts that they may or may not match.
import fc from 'fast-check'

const ATOMS =
  'a b ab . \\w \\W \\d \\s [^a] [a-c] [é-ü] \\pL ^ $ \\b \\B \\A \\z (?m:^) (?m:$) (?s:.) \\n () (?i:k) 😀 - _'
const atom = fc.constantFrom(...ATOMS.split(' '))
const TIMES = ['*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,}']

export const randomRegex = fc.letrec<{ part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(tie('part'), tie('part')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('part'), tie('part')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('part'), fc.constantFrom(...TIMES)).map(([a, times]) => `(?:${a})${times}`),
  ),
})).part

const CHARACTERS = Array.from('abcAkK1_- \n.é😀\u0080\u212a')

export const regexText = fc
  .array(fc.constantFrom(...CHARACTERS), { maxLength: 12 })
  .map((each) => each.join(''))

/** As and bs that do not repeat soon. */
export function randomBits(seed: number, length: number): string {
  let state = seed
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % 65_536 < 32_768 ? 'a' : 'b'
  }).join('')
}
