import { describe, expect, it } from 'vitest'

import { createSourceFile, positionAt } from '../../src/source/source-file.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { toJson } from '../../src/yaml/json-writer.ts'

function read(text: string) {
  const file = createSourceFile('a.yaml', text)
  const { documents, diagnostics, total } = readYaml(file)
  return {
    total,
    json: documents.map(({ root }) => (root === undefined ? undefined : toJson(root))),
    faults: diagnostics.map((each) => {
      const { line, column } = positionAt(file, each.primary?.span.start ?? -1)
      return `${each.code} ${line}:${column}`
    }),
  }
}

const json = (text: string): (string | undefined)[] => {
  const { json: documents, faults } = read(text)
  expect(faults).toEqual([])
  return documents
}

describe('documents', () => {
  it.each([
    ['a: 1\n---\nb: 2\n', ['{"a":1}', '{"b":2}']],
    ['--- # comment\na: 1\n--- \nb: 2\n---\t\nc: 3', ['{"a":1}', '{"b":2}', '{"c":3}']],
    ['# only a comment\n---\na: 1\n', ['{"a":1}']],
    ['a: 1\r\n---\r\nb: 2\r\n', ['{"a":1}', '{"b":2}']],
    ['a: 1\r---\rb: 2\r', ['{"a":1}', '{"b":2}']],
    ['a: 1\n...\nb: 2\n', ['{"a":1}', '{"b":2}']],
    ['%YAML 1.2\n---\na: 1\n', ['{"a":1}']],
    ['---\n---\na: 1\n---\n# nothing\n', [undefined, '{"a":1}', undefined]],
    ['', []],
    ['\n# nothing\n', []],
    ['\uFEFFa: 1\n---\nb: 2', ['{"a":1}', '{"b":2}']],
    ['a: |\n  x\n---\nb: "\n  ---\n  y"\n', ['{"a":"x\\n"}', '{"b":" --- y"}']],
  ])('C2: reads %j', (text, expected) => {
    expect(json(text)).toEqual(expected)
  })

  it('C2: a fault in one document hides none of the others', () => {
    const {
      json: documents,
      faults,
      total,
    } = read('a: [1\n---\nb: 2\n---\n\tc: 3\n---\nd: 4\n--- e: 5\n...\nf: "6\n')
    expect(documents).toEqual(['{"b":2}', '{"d":4}'])
    expect(faults).toEqual([
      'yaml/syntax 1:5',
      'yaml/syntax 5:1',
      'yaml/syntax 8:5',
      'yaml/syntax 10:5',
    ])
    expect(total).toBe(6)
  })

  it('counts a document that cannot be read', () => {
    const file = createSourceFile('a.yaml', 'a: [\n---\nb: 1\n')
    expect(readYaml(file).documents.map((document) => document.index)).toEqual([1])
  })
})

describe('JSON', () => {
  it.each([
    ['{"a":\t[1, 2.50, -0, 1e3, "\\u00e9\\ud83d\\ude00\\/"]}', ['{"a":[1,2.5,0,1000,"é😀/"]}']],
    ['{"a":1}{"b":2}\n{"c":3}', ['{"a":1}', '{"b":2}', '{"c":3}']],
    ['{"a":"\u2028"}', ['{"a":"\u2028"}']],
    ['{"a":"\\ud800"}', ['{"a":"\uFFFD"}']],
    ['{"n":12345678901234567890}', ['{"n":12345678901234567890}']],
    ['{"a": 1} # comment\n', ['{"a":1}']],
    ['{a: b, "c": [d]}\n---\n{"e":1}', ['{"a":"b","c":["d"]}', '{"e":1}']],
  ])('C2: reads %j', (text, expected) => {
    expect(json(text)).toEqual(expected)
  })

  it.each([
    ['{"a":1,"a":2}', ['yaml/duplicate-key 1:8']],
    ['{"a":1}\n{"b":\n', ['yaml/syntax 3:1']],
    ['{"a":1e999}', ['yaml/syntax 1:1']],
    ['{"a":01}{"b":1}', ['yaml/syntax 1:9']],
  ])('reports %j', (text, expected) => {
    const { faults } = read(text)
    expect(faults.length).toBe(expected.length)
    expect(faults[0]?.split(' ')[0]).toBe(expected[0]?.split(' ')[0])
  })
})

describe('scalars as the API server types them', () => {
  it.each([
    ['yes', 'true'],
    ['n', 'false'],
    ['Off', 'false'],
    ['"yes"', '"yes"'],
    ['yEs', '"yEs"'],
    ['~', 'null'],
    ['', 'null'],
    ['0o17', '15'],
    ['017', '15'],
    ['08', '8'],
    ['0x1F', '31'],
    ['-0b101', '-5'],
    ['1_000', '1000'],
    ['+1', '1'],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709551616', '18446744073709552000'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['1e999', '"1e999"'],
    ['-0.0', '-0'],
    ['12:30:45', '"12:30:45"'],
    ['2001-12-14', '"2001-12-14"'],
    ['!!str 1', '"1"'],
    ['!!int "7"', '7'],
    ['!!float 1', '1'],
    ['!<tag:yaml.org,2002:str> yes', '"yes"'],
    ['100m', '"100m"'],
    ['=', '"="'],
    ['<<', '"<<"'],
  ])('C2: `%s` is %s', (text, expected) => {
    expect(json(`k: ${text}\n`)).toEqual([`{"k":${expected}}`])
  })

  it.each([
    ['1: a', '"1"'],
    ['true: a', '"true"'],
    ['on: a', '"true"'],
    ['0x10: a', '"16"'],
    ['1.10: a', '"1.1"'],
    ['1e6: a', '"1e+06"'],
    ['"1.10": a', '"1.10"'],
    ['__proto__: a', '"__proto__"'],
  ])('C2: the key of `%s` is %s', (text, expected) => {
    expect(json(text)).toEqual([`{${expected}:"a"}`])
  })

  it.each([
    ['k: .inf', 'yaml/not-json 1:4'],
    ['k: -.INF', 'yaml/not-json 1:4'],
    ['k: .nan', 'yaml/not-json 1:4'],
    ['k: !!binary aGk=', 'yaml/unsupported-tag 1:4'],
    ['k: !Ref x', 'yaml/unsupported-tag 1:4'],
    ['k: !!set {a}', 'yaml/unsupported-tag 1:4'],
    ['k: !!int x', 'yaml/syntax 1:4'],
    ['? [a]\n: b', 'yaml/invalid-key 1:3'],
    ['~: b', 'yaml/invalid-key 1:1'],
    ['k: "\\ud83d\\ude00"', 'yaml/syntax 1:5'],
    ['k: "a\\/b"', 'yaml/syntax 1:6'],
    ['k: # \u2028hostNetwork: true', 'yaml/syntax 1:6'],
    ['k: \u0085x', 'yaml/syntax 1:4'],
    ['k: \u0007', 'yaml/syntax 1:4'],
    ['k: [?a]', 'yaml/syntax 1:5'],
    ['k: {a:, b: c}', 'yaml/syntax 1:6'],
    ['k:\n\ta: b', 'yaml/syntax 2:1'],
    ['k: {a:\tb}\nc: {d:\n\te}', 'yaml/syntax'],
  ])('C2: reports `%s`', (text, expected) => {
    expect(read(text).faults[0]).toContain(expected)
  })
})

describe('aliases and merge keys', () => {
  it.each([
    ['a: &x {b: 1}\nc: *x\n', '{"a":{"b":1},"c":{"b":1}}'],
    ['a: &x 1\nb: *x\n', '{"a":1,"b":1}'],
    ['a: &k b\n? *k\n: c\n', '{"a":"b","b":"c"}'],
    ['a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n', '{"a":{"b":1,"c":2},"d":{"b":1,"c":3}}'],
    ['a: {<<: [{b: 1}, {b: 2, c: 3}]}\n', '{"a":{"b":1,"c":3}}'],
    ['a: {"<<": {b: 1}}\n', '{"a":{"<<":{"b":1}}}'],
    ['a: &x [&x 1]\nb: *x\n', '{"a":[1],"b":1}'],
  ])('C2: reads %j', (text, expected) => {
    expect(json(text)).toEqual([expected])
  })

  it.each([
    ['a: 1\nb: 2\na: 3', 'yaml/duplicate-key 3:1'],
    ['1: a\n"1": b', 'yaml/duplicate-key 2:1'],
    ['on: a\nyes: b', 'yaml/duplicate-key 2:1'],
    ['a: {b: 1, <<: {b: 2}}', 'yaml/duplicate-key 1:11'],
    ['a: {<<: {b: 2}, <<: {c: 2}}', 'yaml/duplicate-key 1:17'],
    ['a: *x', 'yaml/syntax 1:4'],
    ['a: &x 1\n---\nb: *x', 'yaml/syntax 3:4'],
    ['a: &x [*x]', 'yaml/syntax 1:8'],
    ['a: {<<: 1}', 'yaml/syntax 1:5'],
    ['a: &x [{b: 1}]\nc: {<<: *x}', 'yaml/syntax 2:5'],
  ])('C2: reports %j', (text, expected) => {
    expect(read(text).faults).toEqual([expected])
  })

  it('points at both of two equal keys', () => {
    const file = createSourceFile('a.yaml', 'a: 1\na: 2\n')
    const [fault] = readYaml(file).diagnostics
    expect(fault?.related[0]?.span).toEqual({ start: 0, end: 1 })
    expect(fault?.primary?.span).toEqual({ start: 5, end: 6 })
  })
})

describe('brackets and quotes that end left of their block', () => {
  it.each([
    ['a:\n  b: [\n  1,\n  2\n  ]\n  c: d\n', '{"a":{"b":[1,2],"c":"d"}}'],
    ['args: [\n"x",\n"y"\n]\n', '{"args":["x","y"]}'],
    ['a: {\n}\nb: "x\ny"\nc: \'x\n\ny\'\n', '{"a":{},"b":"x y","c":"x\\ny"}'],
    ['- a: [\n]\n- b: {\nc: d}\n', '[{"a":[]},{"b":{"c":"d"}}]'],
  ])('reads %j as the API server does', (text, expected) => {
    expect(json(text)).toEqual([expected])
  })

  it('keeps the places of what follows', () => {
    const { faults } = read('a: [\n1\n]\nb: "x\ny"\nc: .inf\nd: [\n*z ]\n')
    expect(faults).toEqual(['yaml/not-json 6:4', 'yaml/syntax 8:1'])
  })
})

it('gives data that holds `__proto__` as a key like any other', () => {
  const value = readYaml(createSourceFile('a.yaml', '__proto__: {polluted: true}\n')).documents[0]
    ?.value
  expect(Object.hasOwn(value as object, '__proto__')).toBe(true)
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true}}')
})
