// Bytes that are no AdmissionReview, or that may be none.
import type { Random } from '../random.ts'
import { isMap, map, mapOf, number, type MapTree, type Tree, write } from '../tree.ts'
import { junk, words } from './junk.ts'

export interface Malformed {
  readonly bytes: Uint8Array
  /** Malformed whatever the review was; else only reading it tells. */
  readonly isCertain: boolean
}

// Each is wrong wherever it stands: bytes that UTF-8 does not have, an overlong slash, half a surrogate pair, past U+10FFFF.
const NO_UTF8 = words('ff fe c0af eda080 edbfbf f4908080 f5 c1bf f08080af e080af')
const BEFORE: readonly string[] = ['\ufeff', '\u00a0', '\0', ',', '[', 'x', '\u2028']
const BEHIND: readonly string[] = ['x', '{}', ',', '\0', '}', 'null', '\u00a0', '\ufeff']

const KINDS: readonly (Tree | undefined)[] = [
  'Foo',
  'admissionreview',
  'AdmissionReview ',
  undefined,
  null,
  ['AdmissionReview'],
  map({}),
]
const VERSIONS: readonly (Tree | undefined)[] = [
  ...words('v1 admission.k8s.io/v1beta1 admission.k8s.io/v2 admission.k8s.io/V1'),
  undefined,
  null,
  number(1),
]
const REQUESTS: readonly (Tree | undefined)[] = [undefined, null, [], 'x', true, number(1), map({})]
const UIDS: readonly (Tree | undefined)[] = [
  '',
  'u'.repeat(129),
  'u'.repeat(5_000),
  undefined,
  null,
  number(7),
  true,
  ['u'],
  map({ uid: 'u' }),
]

// What lenient parsers take; the last ones are legal after all.
const SYNTAX: readonly (readonly [RegExp, readonly string[]])[] = [
  [/"/, ["'", '', '""']],
  [/"kind"/, ['kind', "'kind'"]],
  [/\{/, ['{/* */', '{//\n', '{#\n', '{,', '']],
  [/,/, [',,', ';', '']],
  [/\}$/, [',}', ';}']],
  [/:/, ['=', '::', '']],
  [/true|false/, ['True', 'yes', 'FALSE']],
  [
    /null/,
    words('NaN undefined 01 +1 .5 5. 0x10 1_000 -Infinity "\\x41" "\\u12" [1,] [,1] - 1e nul'),
  ],
  [/null/, ['"\\\n"', '"\t"', '"\0"', '{"a" 1}', '\u00a0null', '\u000bnull']],
  [/null/, [' \t\r\n null', '"\\/"', '"\u007f\u2028"', '-0E-0']],
]

export function malform(random: Random, review: MapTree): Malformed {
  const text = write(review)
  const bytes = Buffer.from(text)
  switch (random.below(8)) {
    case 0:
      return certain(bytes.subarray(0, bytes.length - 1 - cutOff(random, bytes.length)))
    case 1:
      return certain(insertAnywhere(random, bytes, Buffer.from(random.pick(NO_UTF8), 'hex')))
    case 2:
      return certain(Buffer.from(text + (random.chance(20) ? text : random.pick(BEHIND))))
    case 3:
      return certain(Buffer.from(random.pick(BEFORE) + text))
    case 4:
      return certain(Buffer.from(write(breakEnvelope(random, review))))
    case 5:
      return certain(Buffer.from(random.chance(50) ? write(junk(random)) : text, 'utf16le'))
    case 6:
      return { bytes: breakSyntax(random, text), isCertain: false }
    default:
      return { bytes: flip(random, bytes), isCertain: false }
  }
}

function certain(bytes: Uint8Array): Malformed {
  return { bytes, isCertain: true }
}

/** Mostly anything up to all of it, often the last brace only. */
function cutOff(random: Random, length: number): number {
  return random.chance(30) ? 0 : random.below(length)
}

function insertAnywhere(random: Random, bytes: Uint8Array, more: Uint8Array): Uint8Array {
  const place = random.between(0, bytes.length)
  return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)])
}

function flip(random: Random, bytes: Uint8Array): Uint8Array {
  const result = Uint8Array.from(bytes)
  for (let i = random.between(1, 3); i > 0; i--) {
    const place = random.below(result.length)
    result[place] = (result[place] ?? 0) ^ (1 << random.below(8))
  }
  return result
}

/** JSON, but no review of which one could tell the uid. */
function breakEnvelope(random: Random, review: MapTree): Tree {
  switch (random.below(5)) {
    case 0:
      return replace(review, 'kind', () => random.pick(KINDS))
    case 1:
      return replace(review, 'apiVersion', () => random.pick(VERSIONS))
    case 2:
      return replace(review, 'request', (value) => random.pick([...REQUESTS, [value]]))
    case 3:
      return replace(review, 'request', (value) =>
        isMap(value) ? replace(value, 'uid', () => random.pick(UIDS)) : undefined,
      )
    default:
      return random.pick<Tree>([
        [review],
        map({ review }),
        map({ kind: 'List', apiVersion: 'v1', items: [review] }),
        junk(random),
      ])
  }
}

/** Without the key, where there is to be no value. */
function replace(tree: MapTree, key: string, change: (value: Tree) => Tree | undefined): MapTree {
  return mapOf(
    tree.members.flatMap(([other, value]) => {
      const changed = other === key ? change(value) : value
      return changed === undefined ? [] : [[other, changed] as const]
    }),
  )
}

function breakSyntax(random: Random, text: string): Uint8Array {
  const [find, puts] = random.pick(SYNTAX)
  return Buffer.from(text.replace(find, () => random.pick(puts)))
}
