import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toJson, toJsonBytes } from '../../src/yaml/json-writer.ts'
import type { ScalarValue, YamlNode } from '../../src/yaml/yaml-node.ts'

const span = { start: 0, end: 0 }

/** The node of plain data. */
function nodeOf(value: unknown): YamlNode {
  if (Array.isArray(value)) return { kind: 'list', span, items: value.map(nodeOf) }
  if (typeof value !== 'object' || value === null) {
    return { kind: 'scalar', span, scalar: value as ScalarValue }
  }
  const entries = Object.entries(value).map(([key, child]) => [key, nodeOf(child)] as const)
  return { kind: 'map', span, entries: new Map(entries) }
}

test('any data is written as JSON.stringify writes it, whatever characters it has', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string())
  const half = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code))
  const key = fc.oneof(text, half)
  const data = fc.dictionary(key, fc.oneof(key, fc.jsonValue()), { noNullPrototype: true })
  fc.assert(
    fc.property(data, (each) => {
      const expected = JSON.stringify(each)
      // There is no -0 in it.
      expect(toJson(nodeOf(JSON.parse(expected)))).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})

test('is as long as need be', () => {
  const items = Array.from({ length: 5000 }, (_, index) => 'é"x'.repeat(index % 40))
  expect(new TextDecoder().decode(toJsonBytes(nodeOf(items)))).toBe(JSON.stringify(items))
})

test.each([
  [2n ** 64n - 1n, '18446744073709551615'],
  [-0, '-0'],
  [1e21, '1e+21'],
  [null, 'null'],
  [false, 'false'],
])('%s is %s', (scalar, expected) => {
  expect(toJson({ kind: 'scalar', span, scalar })).toBe(expected)
})
