import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nearest } from '../../src/diagnostic/suggest.ts'

describe('nearest', () => {
  it.each([
    ['label', ['labels', 'table', 'annotations'], 'labels'],
    ['registires', ['registries', 'registry'], 'registries'],
    ['failurepolicy', ['failurePolicy', 'validationActions'], 'failurePolicy'],
    ['matc', ['match', 'patch'], 'match'],
    ['no', ['on', 'off'], 'on'],
    ['ab', ['cd', 'ef'], undefined],
    ['owner', ['priority', 'tier'], undefined],
    ['', ['a'], undefined],
    ['x'.repeat(100), ['x'.repeat(99)], undefined],
  ])('for %j among %j is %j', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected)
  })

  it('does not depend on the order of the candidates', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(word, fc.uniqueArray(word), (typed, candidates) => {
        expect(nearest(typed, candidates.toReversed())).toBe(nearest(typed, candidates))
      }),
    )
  })
})
