// The quick reader makes the same nodes as are made of js-yaml's events, of whatever the quick reader takes, valid YAML or nearly so.
import fc from 'fast-check'
import { YAMLException } from 'js-yaml'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSourceFile } from '../../src/source/source-file.ts'
import { buildNodes } from '../../src/yaml/build-nodes.ts'
import { readCommonStyle } from '../../src/yaml/common-style.ts'
import { parseText } from '../../src/yaml/parse-events.ts'
import type { YamlNode } from '../../src/yaml/yaml-node.ts'
import { POLICIES } from '../support/policies.ts'

const STYLES = [
  'a: 1\nb:\n- c\n- d: e\n  f: "g"\n- - h\n  - i\n',
  'a:\n  b: |\n    x\n     y\n\n  c: >-\n    z\n',
  'a: [b, "c", {d: e}]\nf: {}\ng: []\n',
  '"a": \'b\'\'c\'\n# x\nc:\n  - d # e\n  -\n  - f:\n      g: "\\n\\""\n',
  '--- # x\na:\n-\n  b: 1\n-\n- x: |+\n   t\n\n- y\n',
]

const PIECES = [
  ' ',
  '  ',
  '\n',
  '-',
  '- ',
  ':',
  ': ',
  '#',
  ' #',
  '"',
  "'",
  '|',
  '>',
  '|-',
  '[',
  ']',
]
const MORE = [
  '{',
  '}',
  ',',
  'a',
  'b: ',
  '\n  ',
  '\n- ',
  '\\',
  '?',
  '&',
  '*',
  '!',
  '---',
  '...',
  '~',
]

function samples(): string[] {
  return readdirSync(POLICIES, { recursive: true, encoding: 'utf8' })
    .filter((path) => /samples.*\.yaml$/.test(path))
    .flatMap((path) => readFileSync(join(POLICIES, path), 'utf8').split(/^(?=---)/m))
    .filter((text) => text.trim() !== '')
}

/** What is no node, a fault or a second document, is not equal to one. */
function byJsYaml(text: string, base: number): YamlNode | string | undefined {
  const file = createSourceFile('a.yaml', ' '.repeat(base) + text)
  try {
    const documents = buildNodes(file, base, parseText(text))
    const [first] = documents
    const faults = documents.flatMap(({ diagnostics }) => diagnostics.map(({ message }) => message))
    return documents.length === 1 && faults.length === 0 ? first?.root : faults.join()
  } catch (error) {
    if (error instanceof YAMLException) return error.message
    throw error
  }
}

const texts = [...STYLES, ...samples()]

test('what manifests are made of is read quickly, and as js-yaml reads it', () => {
  for (const text of STYLES) expect(readCommonStyle(text, 7)).toStrictEqual(byJsYaml(text, 7))
  let quick = 0
  for (const text of samples()) {
    const root = readCommonStyle(text, 0)
    if (root === undefined) continue
    quick++
    expect(root).toStrictEqual(byJsYaml(text, 0))
  }
  expect(quick).toBeGreaterThan(samples().length * 0.9)
})

/** Puts something in, takes something out, moves a line to the side, or says it twice. */
const edit = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'indent', 'outdent', 'double'),
  place: fc.nat(),
  piece: fc.constantFrom(...PIECES, ...MORE),
})

function apply(
  text: string,
  { kind, place, piece }: { kind: string; place: number; piece: string },
) {
  const at = place % (text.length + 1)
  if (kind === 'insert') return text.slice(0, at) + piece + text.slice(at)
  if (kind === 'delete') return text.slice(0, at) + text.slice(at + 1 + (place % 3))
  const lines = text.split('\n')
  const index = place % lines.length
  const line = lines[index] ?? ''
  if (kind === 'double') lines.splice(index, 0, line)
  else lines[index] = kind === 'indent' ? ` ${line}` : line.slice(1)
  return lines.join('\n')
}

test('whatever is done to a manifest, it is read as js-yaml reads it or left to js-yaml', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      (text, edits) => {
        const edited = edits.reduce(apply, text)
        const root = readCommonStyle(edited, 7)
        if (root !== undefined) expect(root).toStrictEqual(byJsYaml(edited, 7))
      },
    ),
    { numRuns: 5000 },
  )
})

test.each([
  ['a tab', 'a:\tb\n'],
  ['a line break of another system', 'a: b\r\nc: d\r\n'],
  ['an anchor', 'a: &x b\nc: *x\n'],
  ['a tag', 'a: !!str 1\n'],
  ['a merge key', 'a:\n  <<: {b: c}\n'],
  ['a plain scalar over two lines', 'a: b\n  c\n'],
  ['a quoted scalar over two lines', 'a: "b\n  c"\n'],
  ['a list in brackets over two lines', 'a: [b,\n  c]\n'],
  ['an indentation of its own', 'a: |2\n    b\n'],
  ['two documents', 'a: b\n---\nc: d\n'],
  ['a directive', '%YAML 1.1\n---\na: b\n'],
  ['no map', '- a\n'],
  ['no end of the quotes', 'a: "b\n'],
  ['a key within a value', 'a: b: c\n'],
  ['a list beside a map', 'a: b\n- c\n'],
  ['a step back to nowhere', 'a:\n    b: c\n  d: e\n'],
  ['nothing', ''],
  ['a key that stands twice', 'a: b\nc: {d: e, d: f}\n'],
  ['a key that is no string', '1: b\n'],
  ['a number that JSON does not have', 'a: .inf\n'],
  ['an escape that the API server does not know', 'a: "\\/"\n'],
  ['a line break to the API server alone', 'a: b\u2028c\n'],
])('%s is left to js-yaml', (_name, text) => {
  expect(readCommonStyle(text, 0)).toBeUndefined()
})
