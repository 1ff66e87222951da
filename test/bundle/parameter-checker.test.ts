import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/bundle/bundle.ts'
import { ParameterCheckers } from '../../src/bundle/parameter-checker.ts'
import { readJson } from '../../src/bundle/read-json.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { randomBits } from '../support/random-regex.ts'
import { cpuMs } from '../support/cpu-ms.ts'

function compile(schema: JsonObject) {
  const file = createSourceFile('schema.json', JSON.stringify(schema))
  const { json } = readJson(file)
  if (json === undefined) throw new Error('the schema is not JSON')
  return new ParameterCheckers().compile('p', schema, { file, root: json.root, path: [] })
}

function withProperty(property: JsonObject): JsonObject {
  return { type: 'object', additionalProperties: false, properties: { a: property } }
}

function check(property: JsonObject, value: JsonObject) {
  const { checker, diagnostics } = compile(withProperty(property))
  expect(diagnostics).toEqual([])
  return checker?.check(value)
}

test('gives a copy with defaults, and leaves the original as it is', () => {
  const given = { a: { b: 1 } }
  const property = { type: 'object', properties: { b: {}, c: { default: [1] } } }
  expect(check(property, given)).toEqual({ parameters: { a: { b: 1, c: [1] } } })
  expect(given).toEqual({ a: { b: 1 } })
})

test.each([
  ['a reference', { $ref: '#' }],
  ['a reference elsewhere', { $ref: 'https://example.com/schema.json' }],
  ['a dynamic reference', { $dynamicRef: '#x' }],
  ['an identifier', { $id: 'https://portcullis.dev/schemas/v1/bundle.schema.json' }],
  ['definitions', { $defs: {} }],
  ['a keyword that does not exist', { minlength: 1 }],
  ['a keyword of the wrong type', { minLength: '1' }],
  ['a type that does not exist', { type: 'strnig' }],
  ['a format that is not checked', { format: 'email' }],
  ['a pattern that is none', { pattern: '(' }],
  ['a pattern with look-ahead', { pattern: '(?=a)' }],
  ['a pattern with a reference to a group', { pattern: '(a)\\1' }],
  ['a pattern that is RE2’s alone', { pattern: '\\Aa\\z' }],
  ['a default that does not fit', { type: 'string', default: 1 }],
  ['a default deeper in', { type: 'array', items: { type: 'string', default: 1 } }],
  ['a default where ajv would pass over it', { anyOf: [{ default: 1 }] }],
  ['too many choices', { enum: Array.from({ length: 300 }, (_, index) => index) }],
  ['too deep a nesting', JSON.parse('{"not":'.repeat(40) + '{}' + '}'.repeat(40)) as JsonObject],
  ['too long a text', { description: 'x'.repeat(20_000) }],
])('refuses a schema with %s', (_, property) => {
  const { checker, diagnostics } = compile(withProperty(property))
  expect(checker).toBeUndefined()
  expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(['bundle/invalid-policy']))
})

test.each([
  ['open', { type: 'object' }],
  ['open by word', { type: 'object', additionalProperties: true }],
  ['no object', { type: 'array', additionalProperties: false }],
  [
    'of another dialect',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      additionalProperties: false,
    },
  ],
  [
    'of a property named __proto__',
    JSON.parse(
      '{"type":"object","additionalProperties":false,"properties":{"__proto__":{}}}',
    ) as JsonObject,
  ],
])('refuses a schema that is %s', (_, schema) => {
  const { checker, diagnostics } = compile(schema)
  expect(checker).toBeUndefined()
  expect(diagnostics).not.toEqual([])
})

test('points at the fault in the schema, with what was meant', () => {
  const { diagnostics } = compile(withProperty({ type: 'string', minLegnth: 1 }))
  expect(diagnostics).toMatchObject([
    {
      code: 'bundle/invalid-policy',
      message: '`minLegnth` is not a keyword that parameter schemas may have',
      primary: { text: 'did you mean `minLength`?' },
    },
  ])
})

test('a type that is misspelt is told as that, not as a list of types', () => {
  const { diagnostics } = compile(withProperty({ type: 'strng' }))
  expect(diagnostics).toMatchObject([{ primary: { text: 'did you mean `string`?' } }])
})

test('a pattern that would stop a backtracking engine for ever is answered at once', () => {
  const start = cpuMs()
  const result = check({ type: 'string', pattern: '^(a+)+$' }, { a: `${'a'.repeat(50_000)}b` })
  expect(result).toMatchObject({ errors: [{ keyword: 'pattern' }] })
  expect(cpuMs() - start).toBeLessThan(1000)
})

test('patterns that take too many steps are refused, not waited for', () => {
  const start = cpuMs()
  const result = check(
    { type: 'array', items: { type: 'string', pattern: 'a[ab]{500}c' } },
    { a: [randomBits(1, 60_000)] },
  )
  expect(result).toEqual({ errors: [], limit: 'have patterns take too many steps' })
  expect(cpuMs() - start).toBeLessThan(10_000)
})

test('items are told apart by content, whatever the order of their keys, in linear time', () => {
  const property = { type: 'array', uniqueItems: true }
  expect(
    check(property, {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
    }),
  ).toMatchObject({
    errors: [{ keyword: 'uniqueItems' }],
  })
  const start = cpuMs()
  const many = Array.from({ length: 10_000 }, (_, index) => index)
  expect(check(property, { a: many })).toHaveProperty('parameters')
  expect(cpuMs() - start).toBeLessThan(1000)
})

test('parameters past their size or depth are refused', () => {
  expect(check({}, { a: 'x'.repeat(70_000) })).toMatchObject({
    limit: expect.stringContaining('65536'),
  })
  const deep = JSON.parse('['.repeat(50) + ']'.repeat(50)) as JsonObject
  expect(check({}, { a: deep })).toMatchObject({ limit: expect.stringContaining('deep') })
})

test('names that objects inherit are parameters that do not exist', () => {
  const given = JSON.parse('{"__proto__":{"a":1},"constructor":1}') as JsonObject
  const result = check({}, given)
  expect(result).toMatchObject({
    errors: [{ keyword: 'additionalProperties' }, { keyword: 'additionalProperties' }],
  })
})

test('a bundle whose bindings together make too much work is refused', () => {
  const { checker } = compile(withProperty({ type: 'string', description: 'x'.repeat(16_000) }))
  const parameters = { a: 'x'.repeat(60_000) }
  expect(checker?.check(parameters)).toHaveProperty('parameters')
  expect(checker?.check(parameters)).toEqual({
    errors: [],
    limit: 'are too large, all bindings of the bundle taken together',
  })
})
