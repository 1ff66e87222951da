import { expect, test } from 'vitest'
import { PRINTABLE_RANGES } from '../../src/builtins/go-printable.ts'
import { formatFloat } from '../../src/builtins/go-float.ts'
import { regoArray, regoNumber, type RegoValue } from '../../src/builtins/rego-value.ts'
import { sprintf } from '../../src/builtins/sprintf.ts'
import { call, contextWith, OutOfFuel } from './context.ts'
import { hasGo } from '../support/has-go.ts'
import { runGo } from './run-go.ts'

function print(format: string, ...args: readonly RegoValue[]): RegoValue | undefined {
  return sprintf([format, regoArray(args)], contextWith())
}

test.each([
  ['%d', [regoNumber(7)], '7'],
  ['%s', [regoNumber(1)], '%!s(int64=1)'],
  ['%d', ['x'], '%!d(string=x)'],
  ['%d', [], '%!d(MISSING)'],
  ['%d', [regoNumber('1.5')], '%!d(float64=1.5)'],
  ['a', ['x', regoNumber(1)], 'a%!(EXTRA string=x, int64=1)'],
  ['%[2]*[1]d|', [regoNumber(12), regoNumber(6)], '    12|'],
  ['%v', [regoNumber('1e2')], '100'],
  ['%v', [regoNumber('123456789.0')], '1.23456789e+08'],
  ['%.0f %.0f', [regoNumber('0.5'), regoNumber('1.5')], '0 2'],
  ['%x', [regoNumber('123456789123456789123')], '6b14e9f9b0df36a83'],
  ['%T %T', [regoNumber('123456789123456789123'), null], '*big.Int string'],
  ['%5t|%t', [true, 'x'], '%!t(string= true)|%!t(string=x)'],
  ['%!', [], '%!!(MISSING)'],
  ['%é', ['x'], '%!é(string=x)'],
  ['%5.1q|', ['éa'], '  "é"|'],
  ['100%', [], '100%!(NOVERB)'],
])('prints %j as Go does', (format, args, expected) => {
  expect(print(format, ...args)).toBe(expected)
})

test('prints arrays, objects, sets, null and booleans as OPA writes them', () => {
  expect(
    call('sprintf', [
      '"%v %v %s %v %v"',
      '[[1, "a\\u0007"], {"b": {3, 1, "x"}, 1: 2}, {}, null, true]',
    ]),
  ).toBe('"[1, \\"a\\\\a\\"] {1: 2, \\"b\\": {1, 3, \\"x\\"}} {} null true"')
  expect(call('sprintf', ['"%v"', '[set()]'])).toBe('"set()"')
})

test('is undefined when the format is no string or the values are no array', () => {
  expect(call('sprintf', ['1', '[]'])).toBeUndefined()
  expect(call('sprintf', ['"%d"', '{1}'])).toBeUndefined()
})

test('W9: a huge width is refused as by Go, or ends by budget', () => {
  expect(print('%999999999d', regoNumber(1))).toBe('%!(NOVERB)%!(EXTRA int64=1)')
  expect(() => call('sprintf', [`"${'%1000000[1]d'.repeat(1000)}"`, '[1]'], 10_000_000)).toThrow(
    OutOfFuel,
  )
  expect(() =>
    call('sprintf', [`"${'%[1]s'.repeat(10_000)}"`, `["${'x'.repeat(10_000)}"]`], 10_000_000),
  ).toThrow(OutOfFuel)
  expect(() => call('sprintf', ['"%x"', `[${'9'.repeat(3_000_000)}]`], 10_000_000)).toThrow(
    OutOfFuel,
  )
})

test('formats the extremes of float64', () => {
  expect(formatFloat(5e-324, 'f', 20)).toBe('0.00000000000000000000')
  expect(formatFloat(Number.MAX_VALUE, 'g', -1)).toBe('1.7976931348623157e+308')
  expect(formatFloat(-0, 'e', -1)).toBe('-0e+00')
  expect(formatFloat(1, 'b', -1)).toBe('4503599627370496p-52')
  expect(formatFloat(Number.NaN, 'x', -1)).toBe('NaN')
})

interface Call {
  readonly format: string
  readonly args: readonly { readonly kind: string; readonly text: string }[]
}

const isGoThere = hasGo('sprintf against Go’s fmt')

test.skipIf(!isGoThere)('prints what fmt.Sprintf prints, for random formats and arguments', () => {
  const calls = randomCalls(20_000)
  const answers = runGo(
    'sprintf',
    calls.map((item) => JSON.stringify(item)),
  )
  const wrong = calls.flatMap((item, index) => {
    const args = item.args.map(({ kind, text }) => (kind === 'string' ? text : regoNumber(text)))
    const ours = print(item.format, ...args)
    const theirs: unknown = JSON.parse(answers[index]!)
    return ours === theirs ? [] : [{ ...item, ours, theirs }]
  })
  expect(wrong.slice(0, 10)).toEqual([])
  expect(answers).toHaveLength(calls.length)
})

test.skipIf(!isGoThere)('knows which characters Go prints', () => {
  expect(PRINTABLE_RANGES.trim().split(/\s+/)).toEqual(runGo('printable', [])[0]?.trim().split(' '))
})

/** The same calls in every run (a linear congruential generator). */
function randomCalls(count: number): Call[] {
  let state = 42
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!
  const some = (items: readonly string[], most: number): string =>
    Array.from({ length: below(most + 1) }, () => pick(items)).join('')

  const verbs = Array.from('vvdsxXqtfeEgGobOcUTwFbz%!é😀 ')
  const digits = Array.from('0123456789')
  const texts = [
    '',
    'a',
    'hello',
    'é',
    '😀x',
    'tab\t`',
    'nul\0',
    'del\x7f',
    '\u00ad',
    '"q"',
    '\\',
    "'",
    '\ufeff',
    '\u2028',
    '𝒳',
    'line\n',
    '\u{1fae9}',
    '%d',
  ]
  const integer = (most: number): string =>
    pick(['', '-']) + String(BigInt(pick(Array.from('123456789')) + some(digits, most)))
  const argument = (): Call['args'][number] => {
    switch (below(4)) {
      case 0:
        return {
          kind: 'int',
          text: pick([
            '0',
            '1',
            '65',
            '-1',
            '128512',
            '55296',
            '1114112',
            '9223372036854775807',
            '-9223372036854775808',
            integer(17),
          ]),
        }
      case 1:
        return {
          kind: 'big',
          text: `${integer(4)}${pick(['1234567890123456789', '00000000000000000000', '18446744073709551616'])}`,
        }
      case 2:
        return {
          kind: 'float',
          text: pick([
            `${integer(3)}.${some(digits, 20)}0`,
            `${integer(16)}e${pick(['', '-'])}${below(320) - 20 < 0 ? 3 : below(290)}`,
            '0.0',
            '-0.0',
            '0.5',
            '2.5',
            '1e21',
            '1e20',
            '1e-7',
            '5e-324',
            '0.000001',
            '123456789.0',
            '100000.0',
            '1000000.0',
          ]),
        }
      default:
        return { kind: 'string', text: pick(texts) + pick(['', pick(texts)]) }
    }
  }
  const directive = (): string => {
    const index = (): string =>
      below(8) === 0
        ? pick(['[1]', '[2]', '[3]', '[9]', '[0]', '[x]', '[', '[]', '[-1]', '[99999999]'])
        : ''
    const width = pick([
      '',
      '',
      '',
      '*',
      String(below(30)),
      String(below(30)),
      '1000000',
      '99999999',
    ])
    const isHuge = width.length > 6 && below(20) > 0
    const precision = pick(['', '', '', '.', '.*', `.${below(25)}`, `.${below(25)}`, '.[2]*'])
    return `%${some(Array.from('+-# 0'), 3)}${index()}${isHuge ? '' : width}${precision}${index()}${pick(verbs)}`
  }
  return Array.from({ length: count }, () => ({
    format: Array.from({ length: 1 + below(3) }, () => pick(['', 'x', 'é ']) + directive()).join(
      '',
    ),
    args: Array.from({ length: below(4) }, argument),
  }))
}
