import type { Random } from '../random.ts'
import { number, type Tree } from '../tree.ts'
import { junk, words } from './junk.ts'

const USUAL = words('100m 500m 1 64Mi 128Mi 250M 0.5 1500m')
const LEGAL = words('1e3 .5 5. +1 1Ei 1n 0.1 1E 12e-3 007')
const LEGAL_NUMBERS = words('1 0.5 2 1e3 128974848 0.1e1')
const NUMBERS = words('1 0.5 2 2.0 1e3 1E3 1E+2 0 -0 -1')

/** Around the bounds that the parameters set. */
const NEAR_BOUNDS: readonly Tree[] = [
  ...words(`2 2000m 2.0 +2 2e0 20e-1 2000000000n 2.0000000001 2001m 3 1Gi 1024Mi 1048576Ki 1073741824 1073741824.0000000001
    1.1Gi 1e9 1E 1e3 1k 1000 1000.1 999999m .001M 8Ei 16Ei 9223372036854775807
    9223372036854775808 9223372036854775807.0000000001 9e18 10E`),
  ...words('2 2.0000000000000000001 1073741824 1073741825e0').map(number),
]

const ODD: readonly Tree[] = [
  ...words(`0 0m 00 -1 -0 +0 much 1gb \uff11 m . + - +. e3 1e 1E 1ee3 1e3.5 1e+ 1e- 1e+-3 1eE3 1Kii 1K 1ki 1i 1u 1\u00b5 1mm
    1.2.3 1,5 0x10 1_000 NaN Infinity --1 +-1 1- 1e99999 1e2147483647 1e2147483648 1e4294967297 1e-2147483648 1e-2147483649
    1e-4294967295 0e99999 -1e9 0.0000000001 -0.0000000001 1e-10 9999999999999E 16Ei 0Ei 1e0000000003 1E3 1E-3 1E+3 5.Gi .5Gi
    .Gi 1m5 1e3m 1Gim 1nn 1\u200b \u0661 1e\u0661 1\u2010 \u00bd true null "1" \\u0031`),
  '',
  ' ',
  '1 Gi',
  ' 1',
  '1 ',
  '1\n',
  '\t1',
  '\u00a01',
  '1\u2028',
  '\ufeff1',
  '1\u0000',
  '9'.repeat(40),
  `0.${'0'.repeat(40)}1`,
  `${'0'.repeat(40)}1`,
]

const SUFFIXES = ['', '', '', ...words('n u m k M G T P E Ki Mi Gi Ti Pi Ei')]
const WRONG_SUFFIXES = [' ', ...words('K e i mi ki MI E- e+ b')]

export function goodQuantity(random: Random): Tree {
  return random.weighted<Tree>([
    [20, random.pick(USUAL)],
    [4, random.pick(LEGAL)],
    [2, number(random.pick(LEGAL_NUMBERS))],
  ])
}

export function quantity(random: Random): Tree {
  switch (random.below(6)) {
    case 0:
      return number(random.pick(NUMBERS))
    case 1:
      return random.pick(NEAR_BOUNDS)
    case 2:
      return random.pick(ODD)
    case 3:
      return junk(random)
    default:
      return anyQuantity(random)
  }
}

/** Mostly by the grammar. */
function anyQuantity(random: Random): string {
  const sign = random.pick(['', '', '', '', '', '', '+', '-'])
  const whole = digits(random, random.pick([0, 1, 1, 1, 2, 3, 4, 5, 22]))
  const fraction = random.chance(30) ? `.${digits(random, random.pick([0, 1, 3, 3, 12]))}` : ''
  const suffix = random.weighted([
    [18, random.pick(SUFFIXES)],
    [2, `${random.pick(['e', 'E', 'e+'])}${random.between(0, 30)}`],
    [1, `e-${random.between(0, 20)}`],
    [1, random.pick(WRONG_SUFFIXES)],
  ])
  return sign + whole + fraction + suffix
}

function digits(random: Random, length: number): string {
  let text = ''
  while (text.length < length) text += random.chance(40) ? '0' : String(random.below(10))
  return text
}
