import fc from 'fast-check'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { createSourceFile } from '../../src/source/source-file.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { comment, writeYaml, type YamlValue } from '../../src/yaml/write-yaml.ts'
import { toJson } from '../../src/yaml/json-writer.ts'

test('is laid out as people write it, comments before what they explain', () => {
  const text = writeYaml({
    ...comment('Written by hand.'),
    kind: 'Deployment',
    spec: {
      ...comment('Two lines\nof reasons.'),
      replicas: 3,
      paused: false,
      args: ['serve', '--listen=0.0.0.0:8443'],
      verbs: ['get', 'list'],
      groups: [''],
      limits: { cpu: '2', memory: '768Mi', pods: '1e3' },
      empty: [{}, []],
      items: [
        { ...comment('The first.'), name: 'no', value: 'a: b' },
        { name: 'x', deep: [{ a: 1 }] },
      ],
      patch: '- op: add\n\n  path: /a',
    },
  })
  expect(text).toBe(`# Written by hand.
kind: Deployment
spec:
  # Two lines
  # of reasons.
  replicas: 3
  paused: false
  args:
    - serve
    - --listen=0.0.0.0:8443
  verbs: [get, list]
  groups: [""]
  limits:
    cpu: "2"
    memory: 768Mi
    pods: "1e3"
  empty:
    - {}
    - []
  items:
    # The first.
    - name: "no"
      value: "a: b"
    - name: x
      deep:
        - a: 1
  patch: |-
    - op: add

      path: /a
`)
})

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  fc.stringMatching(/^[-~.+:0-9a-fxoeE_ynN#&*!|>%@'"{}[\],?= \n]{0,8}$/),
  fc.constantFrom(
    'yes',
    'NULL',
    '~',
    '0o17',
    '1:30',
    '2026-11-21',
    '.5',
    '<<',
    '=',
    '---',
    '...',
    '\u2028',
    '\ufeff',
    '\u0085',
  ),
)
const { value } = fc.letrec<{ value: YamlValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => !key.startsWith('#') && key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}))

test('any value is read back as it was, by our reader and by another', () => {
  fc.assert(
    fc.property(value, (each) => {
      const written = writeYaml({ it: each })
      expect(load(written)).toEqual({ it: each })
      const { documents, diagnostics } = readYaml(createSourceFile('a.yaml', written))
      expect(diagnostics).toEqual([])
      const root = documents[0]?.root
      expect(root === undefined ? undefined : JSON.parse(toJson(root))).toEqual({ it: each })
    }),
    { numRuns: 2_000 },
  )
})
