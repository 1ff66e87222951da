import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareDecimals } from '../../src/builtins/decimal.ts'
import { toGoText } from '../../src/builtins/go-quote.ts'
import {
  compareStrings,
  compareValues,
  formatRegoValue,
  lookUp,
  parseRegoValue,
  regoArray,
  regoNumber,
  regoObject,
  regoSet,
  RegoValueError,
  type RegoValue,
} from '../../src/builtins/rego-value.ts'

const values = fc.letrec<{ value: RegoValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<RegoValue>(null, true, false),
    fc.string({ unit: 'grapheme' }),
    fc.oneof(fc.integer(), fc.bigInt()).map(regoNumber),
    fc
      .double({ noDefaultInfinity: true, noNaN: true })
      .map((each) => regoNumber(each === 0 ? 0 : each)),
    fc.array(tie('value'), { maxLength: 4 }).map(regoArray),
    fc.array(tie('value'), { maxLength: 4 }).map(regoSet),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map(regoObject),
  ),
})).value

test('reads back what it writes, in both notations', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(parseRegoValue(formatRegoValue(value))).toEqual(value)
    }),
  )
})

test('orders values totally: antisymmetric, transitive, and by what they print as only when equal', () => {
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      expect(Math.sign(compareValues(a, b))).toBe(-Math.sign(compareValues(b, a)) + 0)
      const [x, y, z] = [a, b, c].toSorted(compareValues) as [RegoValue, RegoValue, RegoValue]
      expect(compareValues(x, y)).toBeLessThanOrEqual(0)
      expect(compareValues(x, z)).toBeLessThanOrEqual(0)
      expect(compareValues(a, a)).toBe(0)
    }),
  )
})

test('reads the module’s own notation', () => {
  expect(parseRegoValue('set()')).toEqual(regoSet([]))
  expect(parseRegoValue('{}')).toEqual(regoObject([]))
  expect(toGoText(parseRegoValue('{"b", 1, "a", 1.0, {2}}'))).toBe('{1, "a", "b", {2}}')
  expect(toGoText(parseRegoValue('{{1}: "x", [null]: true, 2: 3}'))).toBe(
    '{2: 3, [null]: true, {1}: "x"}',
  )
  expect(parseRegoValue('"\\u0000\\n\\"é\u007f"')).toBe('\0\n"é\u007f')
  expect(formatRegoValue(parseRegoValue('[.5, -.25, 1e2, 12345678901234567890.10]'))).toBe(
    '[0.5,-0.25,1e2,12345678901234567890.10]',
  )
})

test('keeps `__proto__` an ordinary key', () => {
  const object = parseRegoValue('{"__proto__": {"x": 1}, "constructor": 2}')
  expect(object).toMatchObject({ kind: 'object' })
  if (object === null || typeof object !== 'object' || object.kind !== 'object') return
  expect(lookUp(object, '__proto__')).toEqual(parseRegoValue('{"x": 1}'))
  expect(lookUp(object, 'toString')).toBeUndefined()
})

test('writes half a surrogate pair as a replacement character, which the module can read', () => {
  expect(formatRegoValue('\ud800x')).toBe('"\ufffdx"')
})

test('orders strings by code point and numbers by exact value', () => {
  expect(compareStrings('\uffff', '😀')).toBeLessThan(0)
  expect(compareDecimals('9007199254740993', '9007199254740992.5')).toBeGreaterThan(0)
  expect(compareDecimals('1e2', '100.0')).toBe(0)
  expect(compareDecimals('-0', '.0')).toBe(0)
  expect(compareDecimals('-1e999999999', '1')).toBeLessThan(0)
  expect(compareDecimals('0.0012', '0.012')).toBeLessThan(0)
})

test.each([
  '',
  '[',
  '[1',
  '[1,',
  '{',
  '{1',
  '{1:',
  '{1:2',
  '"',
  '"\\',
  '"\\x"',
  'nul',
  'set(',
  'set',
  '-',
  'tru',
  '1 2',
  '{1,}',
  '{,}',
  ']',
  '[1 2]',
])('refuses the broken text %j', (text) => {
  expect(() => parseRegoValue(text)).toThrow(RegoValueError)
})

test('refuses a value nested too deeply, and reads a long string, without running out of stack', () => {
  expect(() => parseRegoValue('['.repeat(1_000_000))).toThrow(/levels deep/)
  expect(() => parseRegoValue('{'.repeat(100_000))).toThrow(/levels deep/)
  const long = `"${'\\n'.repeat(1_000_000)}"`
  expect(parseRegoValue(long)).toHaveLength(1_000_000)
})
