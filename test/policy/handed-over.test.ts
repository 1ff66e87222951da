// What the module's own functions would answer, and ours in their place. A module whose functions have no names keeps its own.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_ENGINE_OPTIONS } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import { judge } from '../../src/policy/judge.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import { decodeModule, encodeModule, SECTION } from '../../src/wasm/module.ts'
import { testBinding, testBundle, testPolicy } from '../support/bundle-parts.ts'
import { randomRegex, regexText } from '../support/random-regex.ts'
import { readFixtureModule } from './fixtures/compile.ts'
import { podRequest, toReview } from './reviews.ts'

const wasm = readFixtureModule()
const { sections } = decodeModule(wasm)
const nameless = encodeModule({ sections: sections.filter(({ id }) => id !== SECTION.custom) })

// RE2 reads bytes: to it there is a `\B` between those of one character, and none in an empty text. To Go's regexp, OPA's interpreter and
// ours it is the other way round; test/builtins/differential.test.ts.
const shared = randomRegex.filter((each) => !each.includes('\\B'))

test('regex.match answers as the RE2 of the module, for less fuel', () => {
  let ours = 0
  let theirs = 0
  let matched = 0
  const batch = fc.tuple(
    fc.array(shared, { minLength: 50, maxLength: 50 }),
    fc.array(regexText, { minLength: 4, maxLength: 4 }),
  )
  fc.assert(
    fc.property(batch, ([patterns, texts]) => {
      const here = engineFor(wasm, patterns)
      const there = engineFor(nameless, patterns)
      for (const text of texts) {
        const [mine, others] = [match(here, text), match(there, text)]
        const wrong = patterns.filter((_, index) => told(mine[index]) !== told(others[index]))
        expect([text, wrong]).toEqual([text, []])
        ours += sum(mine.map(fuelOf))
        theirs += sum(others.map(fuelOf))
        matched += mine.filter((each) => told(each) === 'matched').length
      }
    }),
    { numRuns: 20 },
  )
  // Of 4,000: neither always nor never.
  expect(matched).toBeGreaterThan(400)
  expect(matched).toBeLessThan(3600)
  expect(ours).toBeLessThan(theirs / 2)
})

test('regex.match costs the same the first time and after others', () => {
  const pattern = '^[a-z]+-[0-9]+$'
  const alone = ['shop-1', 'shop', '1'].map((text) =>
    fuelOf(match(engineFor(wasm, [pattern]), text)[0]),
  )
  const engine = engineFor(wasm, [pattern])
  expect(['shop-1', 'shop', '1'].map((text) => fuelOf(match(engine, text)[0]))).toEqual(alone)
})

test.each([
  ['a pattern that is none', '(', 'no match'],
  ['an operand that is no string', 7, 'no match'],
])('%s matches nothing, here and there', (_, pattern, expected) => {
  for (const each of [wasm, nameless])
    expect(told(match(engineFor(each, [pattern]), 'x')[0])).toBe(expected)
})

function engineFor(module: Uint8Array, patterns: readonly (string | number)[]): Engine {
  const policy = testPolicy('patterns')
  const bindings = patterns.map((pattern, index) =>
    testBinding(policy, { name: `b${index}`, parameters: { pattern } }),
  )
  const { engine, diagnostics } = loadEngine(testBundle(module, bindings), DEFAULT_ENGINE_OPTIONS)
  expect(diagnostics).toEqual([])
  if (engine === undefined) throw new Error('no engine')
  return engine
}

function match(engine: Engine, name: string): Outcome[] {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name } }
  const review = toReview(podRequest({ object }))
  return judge(engine, review, () => ({ kind: 'unknown' }), new Date(0))
}

function told(outcome: Outcome | undefined): string | undefined {
  if (outcome?.kind !== 'evaluated') return outcome?.kind
  return outcome.violations[0]?.message ?? 'matched'
}

function fuelOf(outcome: Outcome | undefined): number {
  return outcome?.kind === 'evaluated' ? outcome.fuelUsed : Number.NaN
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
