// print∘parse: what is written in any style reads back as the same data, and the text of every scalar decodes to it.
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, it } from 'vitest'

import { createSourceFile } from '../../src/source/source-file.ts'
import { readYaml, type YamlDocument } from '../../src/yaml/read-yaml.ts'
import { toJson } from '../../src/yaml/json-writer.ts'
import type { YamlNode } from '../../src/yaml/yaml-node.ts'
import { scalarsOf } from './scalars-of.ts'

const word = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', ' ', '\n', '#', ':', '-', '"', "'", '{', '|', 'é', '😀', '0', '\t'),
    maxLength: 8,
  }),
  fc.constantFrom(
    'yes',
    'null',
    '~',
    '1',
    '0x1',
    '<<',
    '1e3',
    '---',
    '...',
    '.inf',
    '08',
    '__proto__',
    '=',
    '\u2028',
    '\u0007',
  ),
)
const scalar = fc.oneof(
  word,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const object = fc.dictionary(word, tree, { minKeys: 1, maxKeys: 5, noNullPrototype: true })

const NOTE = ' # "a": [{ - &x |'

/** A comment above every key of the root, and at the end. */
function commented(value: unknown): string {
  const entries = Object.entries(value as Record<string, unknown>)
  const parts = entries.map(([key, each]) => `${NOTE.trimStart()}\n${dump({ [key]: each })}`)
  return `${parts.join('')}${NOTE.trimStart()}\n`
}

const STYLES: readonly (readonly [string, (value: unknown) => string])[] = [
  ['block', (value) => dump(value)],
  ['flow', (value) => dump(value, { flowLevel: 0 })],
  ['narrow', (value) => dump(value, { lineWidth: 20, indent: 4 })],
  ['compact lists', (value) => dump(value, { seqNoIndent: true })],
  ['quoted', (value) => dump(value, { forceQuotes: true, quoteStyle: 'double' })],
  ['JSON', (value) => JSON.stringify(value)],
  ['wide JSON', (value) => JSON.stringify(value, undefined, '\t')],
  ['CRLF', (value) => dump(value).replaceAll('\n', '\r\n')],
  ['comments', (value) => commented(value)],
  // Every line of JSON ends outside its strings.
  ['flow with comments', (value) => JSON.stringify(value, undefined, 2).replaceAll(/$/gm, NOTE)],
  ['a comment behind the separator', (value) => `---${NOTE}\n${dump(value)}...\n`],
  ['anchors', (value) => dump({ first: value, second: value })],
]

function readOne(text: string): YamlDocument {
  const { documents, diagnostics } = readYaml(createSourceFile('a.yaml', text))
  expect(diagnostics.map((each) => `${each.code} ${each.message}`)).toEqual([])
  expect(documents.length).toBe(1)
  return documents[0] as YamlDocument
}

describe.each(STYLES)('%s', (style, print) => {
  const expected = (value: unknown): unknown =>
    style === 'anchors' ? { first: value, second: value } : value
  // js-yaml prints these raw; to the API server they are line breaks, and a key `---` is a separator.
  const readable = (text: string): boolean =>
    !/[\u0085\u2028\u2029]|^---(?! # )|^\.\.\.(?!\n$)/m.test(text) || style.endsWith('JSON')

  it('reads back as the same data', () => {
    fc.assert(
      fc.property(object, (value) => {
        const text = print(value)
        fc.pre(readable(text))
        const document = readOne(text)
        expect(document.value).toEqual(expected(value))
        expect(JSON.parse(toJson(document.root as YamlNode))).toEqual(expected(value))
      }),
    )
  })

  it('places every scalar where its text is', () => {
    fc.assert(
      fc.property(object, (value) => {
        const text = print(value)
        fc.pre(readable(text))
        for (const { node, decoded } of scalarsOf(text, readOne(text)))
          expect(decoded).toEqual(node.scalar)
      }),
    )
  })
})

it('reads a stream of documents, each in its place', () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 2, maxLength: 4 }), (values) => {
      const parts = values.map((value, index) => (index % 2 === 0 ? dump(value) : commented(value)))
      fc.pre(parts.every((part) => !/[\u0085\u2028\u2029]|^---|^\.\.\./m.test(part)))
      const text = `${parts.join(`---${NOTE}\n---\n# nothing\n--- \n`)}`
      const { documents, diagnostics } = readYaml(createSourceFile('a.yaml', text))
      expect(diagnostics).toEqual([])
      const full = documents.filter(({ root }) => root !== undefined)
      expect(full.map(({ value }) => value)).toEqual(values)
      for (const document of full) {
        for (const { node, decoded } of scalarsOf(text, document)) {
          expect(decoded).toEqual(node.scalar)
        }
      }
    }),
  )
})
