// The automaton says yes or no, and Pike's machine where: they must agree, and what an evaluation costs must not depend on others.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileRegex, type Regex, RegexAccount } from '../../src/builtins/regex-cache.ts'
import { findAll } from '../../src/builtins/regex-machine.ts'
import { randomBits, randomRegex, regexText } from '../support/random-regex.ts'

const free = (): void => {}

function compiled(pattern: string, scope = new RegexAccount(free)): Regex {
  const regex = compileRegex(pattern, scope)
  if (regex === undefined) throw new Error(`not in RE2's syntax: ${pattern}`)
  return regex
}

/** What each call costs in an evaluation of them all. */
function costsOf(calls: readonly (readonly [pattern: string, text: string])[]): number[] {
  let cost = 0
  const scope = new RegexAccount((units) => {
    cost += units
  })
  return calls.map(([pattern, text]) => {
    cost = 0
    compiled(pattern, scope).automaton.matches(text, scope)
    return cost
  })
}

test('matches where the machine finds something, and nowhere else', () => {
  const texts = fc.array(regexText, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(randomRegex, texts, (source, each) => {
      const regex = compiled(source)
      const scope = new RegexAccount(free)
      for (const text of each) {
        const found = findAll(regex, text, 1, free).length > 0
        expect([text, regex.automaton.matches(text, scope)]).toEqual([text, found])
      }
    }),
    { numRuns: 5000 },
  )
})

test('an evaluation costs the same whatever came before it', () => {
  const calls = fc.array(fc.tuple(randomRegex, regexText), { minLength: 2, maxLength: 8 })
  fc.assert(
    fc.property(calls, calls, (some, others) => {
      const costs = costsOf(some)
      costsOf(others)
      costsOf(some.toReversed())
      expect(costsOf(some)).toEqual(costs)
    }),
    { numRuns: 3000 },
  )
})

// Sixteen thousand states, far more than may be kept.
const WIDE = 'a[ab]{14}c'
const bits = [1, 2, 3].map((seed) => randomBits(seed, 20_000))

test('an evaluation costs the same where it goes through more than may be kept', () => {
  const calls = [...bits, ...bits].flatMap((text): [string, string][] => [
    [WIDE, text],
    ['^b+$', 'bbbb'],
    [WIDE, 'ab'],
  ])
  const costs = costsOf(calls)
  expect(costsOf(calls)).toEqual(costs)
  costsOf(calls.toReversed())
  expect(costsOf(calls)).toEqual(costs)
})

test('finds the same where it goes through more than may be kept', () => {
  const { automaton } = compiled(WIDE)
  const scope = new RegexAccount(free)
  for (const text of bits) expect(automaton.matches(text, scope)).toBe(false)
  expect(automaton.matches(`${bits[0]}a${'b'.repeat(14)}c`, scope)).toBe(true)
})

test('an evaluation costs the same before and after all is forgotten', () => {
  const calls = ['shop-1', 'shop-2'].map((text): [string, string] => ['^[a-z]+-[0-9]+$', text])
  const costs = costsOf(calls)
  for (let seed = 4; seed < 40; seed++) costsOf([[WIDE, randomBits(seed, 9000)]])
  expect(costsOf(calls)).toEqual(costs)
})

test('what an evaluation has paid for it is not charged for again', () => {
  const images = Array.from({ length: 1000 }, (_, index) => `registry.example.com/x:${index}`)
  const pattern = '^([a-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9/._-]+(?::[A-Za-z0-9_.-]+)?$'
  const costs = costsOf(images.map((text): [string, string] => [pattern, text]))
  const rest = costs.slice(1).reduce((sum, each) => sum + each, 0) / 999
  expect(costs[0]).toBeGreaterThan(20 * rest)
  expect(rest).toBeLessThan(500)
})

test('a long text costs little more than its length', () => {
  const long = 'some text AKIA without a key in it\n'.repeat(10_000)
  expect(costsOf([['AKIA[0-9A-Z]{16}', long]])[0]).toBeLessThan(5 * long.length)
})
