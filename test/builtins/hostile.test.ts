// Operands made to hang or to fill memory: each ends by budget, within its fuel and a moment.

import { describe, expect, test } from 'vitest'
import { UnsupportedCall } from '../../src/builtins/unsupported-call.ts'
import { call, OutOfFuel } from './context.ts'
import { cpuMs } from '../support/cpu-ms.ts'

const FUEL = 50_000_000
const text = (value: unknown): string => JSON.stringify(value)

describe('W9: ends by budget', () => {
  test.each<[string, string, string[]]>([
    [
      'a pattern that backtracks, over a long text',
      'regex.split',
      [text('(a+)+$'), text(`${'a'.repeat(3_000_000)}b`)],
    ],
    [
      'a search that reads to the end from every place',
      'regex.replace',
      [text('a'.repeat(100_000)), text('a.*b|a'), text('x')],
    ],
    [
      'a replacement that grows at every match',
      'regex.replace',
      [text('a'.repeat(100_000)), text('a'), text('x'.repeat(100_000))],
    ],
    [
      'a pattern of many states',
      'regex.find_n',
      [text('(x?){1000}'.repeat(30)), text('x'.repeat(10_000)), '-1'],
    ],
    ['an endless range', 'numbers.range_step', ['0', '1e30', '1']],
    ['every IPv4 address', 'net.cidr_expand', [text('0.0.0.0/0')]],
    ['every IPv6 address', 'net.cidr_expand', [text('::/0')]],
    ['an alias bomb', 'yaml.unmarshal', [text(bomb(40))]],
    ['an alias bomb that is only looked at', 'yaml.is_valid', [text(bomb(40))]],
    [
      'a graph with factorially many paths',
      'graph.reachable_paths',
      [text(completeGraph(12)), text(['n0'])],
    ],
    ['an exponent of a million', 'units.parse', [text('1e999999')]],
    [
      'a million patches of a large array',
      'json.patch',
      [
        text(Array.from({ length: 20_000 }, () => 0)),
        text(Array.from({ length: 20_000 }, () => ({ op: 'add', path: '/0', value: 1 }))),
      ],
    ],
  ])('%s', (_, name, operands) => {
    const start = cpuMs()
    expect(() => call(name, operands, FUEL)).toThrow(OutOfFuel)
    expect(cpuMs() - start).toBeLessThan(10_000)
  })

  test('a pattern that backtracks costs no more than its text is long', () => {
    const small = text(`${'a'.repeat(50_000)}b`)
    expect(call('regex.split', [text('(a+)+$'), small], FUEL)).toBe(`[${small}]`)
  })
})

describe('refuses', () => {
  test.each<[string, string, string[]]>([
    ['repetitions that multiply', 'regex.split', [text('((a{100}){100}){100}'), text('a')]],
    ['look-behind, which is not RE2', 'regex.split', [text('(?<=a)b'), text('ab')]],
    ['a back reference', 'regex.find_n', [text('(a)\\1'), text('aa'), '-1']],
    ['an exponent of seven digits', 'units.parse_bytes', [text('1e1234567')]],
    ['brackets nested without end', 'yaml.unmarshal', [text('['.repeat(100_000))]],
    ['aliases nested without end', 'yaml.unmarshal', [text(chain(1000))]],
    ['an anchor that contains itself', 'yaml.unmarshal', [text('&a [*a]')]],
    ['a key that is no string', 'yaml.unmarshal', [text('[1]: 2')]],
  ])('%s', (_, name, operands) => {
    expect(call(name, operands, FUEL)).toBeUndefined()
  })

  test.each<[string, string, string[]]>([
    ['bytes that are no text', 'hex.decode', [text('ff')]],
    ['the time zone of the machine', 'time.clock', ['[0, "Local"]']],
    ['the abbreviation of a time zone', 'time.format', ['[0, "Europe/Berlin", "RFC1123"]']],
    ['two groups of one name', 'regex.split', [text('(?P<a>x)(?P<a>y)'), text('xy')]],
  ])('%s loudly, as OPA would answer', (_, name, operands) => {
    expect(() => call(name, operands, FUEL)).toThrow(UnsupportedCall)
  })
})

test('gives `__proto__` no meaning', () => {
  expect(call('yaml.unmarshal', [text('__proto__: {x: 1}\nconstructor: 2')])).toBe(
    '{"__proto__": {"x": 1}, "constructor": 2}',
  )
  expect(
    call('json.patch', ['{}', '[{"op": "add", "path": "/__proto__", "value": {"x": 1}}]']),
  ).toBe('{"__proto__": {"x": 1}}')
  expect(call('urlquery.decode_object', [text('__proto__=1')])).toBe('{"__proto__": ["1"]}')
  expect(call('regex.replace', [text('a'), text('a'), text('${constructor}')])).toBe('""')
})

test('takes sets where OPA does', () => {
  expect(call('object.subset', ['{1, 2, {3}}', '{{3}}'])).toBe('true')
  expect(call('object.subset', ['[1, 2]', '{2}'])).toBe('true')
  expect(call('net.cidr_merge', ['{"10.0.0.0/25", "10.0.0.128/25"}'])).toBe('{"10.0.0.0/24"}')
  expect(call('strings.any_prefix_match', ['{"abc"}', '{"x", "ab"}'])).toBe('true')
  expect(call('graph.reachable_paths', ['{"a": {"b"}, "b": set()}', '{"a"}'])).toBe('{["a", "b"]}')
  expect(call('yaml.marshal', ['{"a": {2, 1}}'])).toBe('"a:\\n  - 1\\n  - 2\\n"')
  expect(call('json.marshal_with_options', ['{{1}: {"b", "a"}}', '{}'])).toBe(
    '"{\\"[1]\\":[\\"a\\",\\"b\\"]}"',
  )
})

test('tells the time of the evaluation', () => {
  expect(call('time.now_ns', [])).toBe('1700000000123456789')
})

function bomb(levels: number): string {
  const lines = ['a0: &a0 [x, x]']
  for (let level = 1; level < levels; level++) {
    lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`)
  }
  return lines.join('\n')
}

function chain(length: number): string {
  const lines = ['- &a0 [x]']
  for (let index = 1; index < length; index++) lines.push(`- &a${index} [*a${index - 1}]`)
  return lines.join('\n')
}

function completeGraph(size: number): Record<string, string[]> {
  const nodes = Array.from({ length: size }, (_, index) => `n${index}`)
  return Object.fromEntries(nodes.map((node) => [node, nodes]))
}
