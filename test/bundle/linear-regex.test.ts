import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileRegex } from '../../src/bundle/linear-regex.ts'
import { isRegex } from '../../src/builtins/regex-cache.ts'
import { cpuMs } from '../support/cpu-ms.ts'

function matches(pattern: string, text: string): boolean {
  return compileRegex(pattern, { units: 100_000_000 }).test(text)
}

const atom = fc.constantFrom(
  'a',
  'b',
  'c',
  '.',
  '[ab]',
  '[^a]',
  '[a-c]',
  '\\w',
  '\\d',
  '^',
  '$',
  '\\b',
  '(?:)',
)
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.array(tie('pattern'), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '*?'))
      .map(([inner, repeat]) => `(?:${inner})${repeat}`),
  ),
}))

test('says of every pattern and text what JavaScript’s own engine says', () => {
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[abc0 ]{0,8}$/), (source, text) => {
      expect(matches(source, text)).toBe(new RegExp(source, 'u').test(text))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['^team-[a-z0-9-]+$', 'team-a', true],
  ['^team-[a-z0-9-]+$', 'Team-a', false],
  ['x', 'axb', true],
  ['^\\p{Lu}$', 'É', true],
  ['^.$', '😀', true],
  ['^[^a]$', '😀', true],
  ['^a{2,3}$', 'aaaa', false],
  ['', '', true],
  ['a||b', 'c', true],
  ['^(|a)+$', 'aa', true],
])('matches %s against %s', (source, text, expected) => {
  expect(matches(source, text)).toBe(expected)
})

test.each([
  '^team-[a-z0-9-]+$',
  '(?i)team',
  '(?P<name>a)',
  '(?<name>a)',
  '(?i:a)b',
  '\\Aa\\z',
  '\\pL\\p{Greek}\\PN',
  '[[:alpha:]_]',
  '[]a]',
  '\\Qa.b(\\E',
  '\\x{10FFFF}\\x41\\07',
  'a{,3}',
  '[^\\]]',
])('RE2 accepts %s', (source) => {
  expect(isRegex(source)).toBe(true)
})

test.each([
  '(',
  ')',
  '[',
  '[a',
  'a**',
  '*a',
  '(?=a)',
  '(?!a)',
  '(?<=a)',
  '(?<!a)',
  '(?>a)',
  '(a)\\1',
  '\\k<a>',
  '\\u0041',
  '\\',
  'a{1001}',
  'a{2,1}',
  '(?z)',
  '('.repeat(1_200) + ')'.repeat(1_200),
])('RE2 refuses %s', (source) => {
  expect(isRegex(source)).toBe(false)
})

test.each(['(a{1000}){1000}', '((((){1000}){1000}){1000}){1000}', '(?:a?){1000}{2}'])(
  'refuses to write out %s',
  (source) => {
    const start = cpuMs()
    expect(() => compileRegex(source, { units: 1_000_000 })).toThrow(SyntaxError)
    expect(cpuMs() - start).toBeLessThan(1000)
  },
)

test('stops when the budget is used up', () => {
  const budget = { units: 100_000 }
  const regex = compileRegex('(a|b)*c', budget)
  expect(() => regex.test('ab'.repeat(100_000))).toThrow('patterns take too many steps')
})
