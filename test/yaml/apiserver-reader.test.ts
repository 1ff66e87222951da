// The API server's own reader (sigs.k8s.io/yaml) against ours: the same values, or a fault told here. Needs Go and, the
// first time, the module proxy.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createSourceFile } from '../../src/source/source-file.ts'
import { readJsonStream } from '../../src/yaml/read-json.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { toJson } from '../../src/yaml/json-writer.ts'
import type { YamlNode } from '../../src/yaml/yaml-node.ts'
import { hasGo } from '../support/has-go.ts'

const folder = mkdtempSync(join(tmpdir(), 'apiserver-reader-'))
const program = join(folder, 'reader')

interface Answer {
  readonly json?: string
  readonly error?: string
}

function askGo(documents: readonly string[]): Answer[] {
  const input = documents.map((text) => `${JSON.stringify(text)}\n`).join('')
  const output = execFileSync(program, { input, maxBuffer: 1 << 30, encoding: 'utf8' })
  return output
    .trimEnd()
    .split('\n')
    .map((line) => {
      const answer = JSON.parse(line) as { readonly error?: string }
      // The JSON as it came: JSON.parse would round its numbers.
      return answer.error === undefined
        ? { json: line.slice('{"json":'.length, -1) }
        : { error: answer.error }
    })
}

/** Keys in order, numbers as they are. */
function canonical(node: YamlNode): string {
  if (node.kind === 'scalar') return toJson(node).replace(/^-0$/, '0')
  if (node.kind === 'list') return `[${(node.items ?? []).map(canonical).join(',')}]`
  const entries = Array.from(node.entries ?? []).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`).join(',')}}`
}

function canonicalText(json: string): string {
  const root = readJsonStream(createSourceFile('go', json), 0, json.length).roots[0]
  if (root === undefined) throw new Error(`Go wrote no JSON: ${json}`)
  return canonical(root)
}

type Verdict =
  | 'same'
  | 'both refuse'
  | 'we refuse'
  | 'only Go refuses'
  | 'more documents'
  | 'DIFFERENT'

function compare(text: string, go: Answer): Verdict {
  const { documents, diagnostics } = readYaml(createSourceFile('ours', text))
  if (diagnostics.length > 0) return go.error === undefined ? 'we refuse' : 'both refuse'
  if (go.json === undefined) return 'only Go refuses'
  if (documents.length > 1) return 'more documents'
  const root = documents[0]?.root
  return (root === undefined ? 'null' : canonical(root)) === canonicalText(go.json)
    ? 'same'
    : 'DIFFERENT'
}

function verdicts(texts: readonly string[]): Map<Verdict, string[]> {
  const byVerdict = new Map<Verdict, string[]>()
  const answers = askGo(texts)
  for (const [index, text] of texts.entries()) {
    const verdict = compare(text, answers[index] ?? {})
    const alike = byVerdict.get(verdict)
    if (alike === undefined) byVerdict.set(verdict, [text])
    else alike.push(text)
  }
  return byVerdict
}

const SEEDS = [
  'a: &x {b: 1, c: [1, 2]}\nd:\n  <<: *x\n  e: f\n',
  'spec:\n  containers:\n  - name: a\n    image: "x:1"\n    args: [a, "b", \'c\']\n  - name: b\n    command:\n    - |\n      foo\n      bar\n  hostNetwork: false\n',
  'k: |\n  a\n   b\n\n  c\nl: >-\n  x\n  y\n\n  z\n',
  "k: plain text\n  goes on\nq: \"double\n  quoted \\n x\"\ns: 'single\n  it''s'\n",
  '{"a": {"b": [1, true, null, "x"]}, "c": "d"}\n',
  '? a\n: b\n? - x\n: y\n',
  '- a\n- - b\n  - c\n- d: e\n  f: g\n-\n  h: i\n',
  'a: # comment\n  b: 1 # c\n# d\n  c: 2\ne: [\n1,\n]\ng: 3\n',
]
const PIECES =
  ' |  |\n|\t|:|- |#| #|"|\'|{|}|[|]|,|>|&x |*x|!!str |? |: |a|1|\r|\r\n|...|%|@|`|<<: *x\n|\n  |-|~|\\|é|\u00a0|?|!'.split(
    '|',
  )

const mutant = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(...PIECES, '|'),
        fc.nat(3),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  )
  .map(([seed, edits]) => {
    let text = seed
    for (const [place, piece, removed] of edits) {
      const at = Math.floor(place * text.length)
      text = `${text.slice(0, at)}${piece}${text.slice(at + removed)}`
    }
    // kubectl hands every line on with a line feed.
    return text.endsWith('\n') ? text : `${text}\n`
  })
  .filter((text) => !/^---/m.test(text))

const scalar = fc.string({
  unit: fc.constantFrom(...'0123456789+-._xXoObBeEnNaAyYtTfF~:'.split('')),
  minLength: 1,
  maxLength: 8,
})

describe.skipIf(!hasGo('the comparison with the API server’s YAML reader'))(
  'the API server’s YAML reader',
  () => {
    beforeAll(() => {
      const cwd = new URL('./apiserver-reader', import.meta.url)
      execFileSync('go', ['build', '-o', program, '.'], { cwd, stdio: 'inherit' })
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it('C2: types 20,000 generated scalars alike, as values and as keys', () => {
      const texts = fc
        .sample(scalar, { numRuns: 10_000, seed: 1 })
        .flatMap((text) => [`k: ${text}\n`, `${text}: k\n`])
      const found = verdicts(texts)
      expect([...found.keys()].toSorted()).toEqual(['both refuse', 'same'])
    })

    it('C2: reads 20,000 mutated documents alike, or tells what is wrong', () => {
      const found = verdicts(fc.sample(mutant, { numRuns: 20_000, seed: 2 }))
      // A block scalar at the root whose text is not indented: nothing to Go, a string to us, an object to neither.
      const different = (found.get('DIFFERENT') ?? []).filter(
        (text) => !/^ *(?:[&!]\S* +)*[|>]/.test(text),
      )
      expect(different).toEqual([])
      expect(found.get('same')?.length).toBeGreaterThan(2000)
    })

    it('C2: reads what a cluster may be sent alike', () => {
      const texts = [
        'metadata:\n  labels: {app: web, version: 1.10, on: yes, 012: x}\n',
        'a: 9007199254740993\nb: 1e3\nc: 0.1\nd: 123456789012345678901234567890\ne: 1e21\nf: 1e-7\n',
        'args: [\n  "a",\n  "b"\n]\nenv: {\n}\n',
        'a: &x\n  b: 1\nc:\n  - <<: *x\n    b: 2\n  - <<: [*x, {d: 1}]\n',
        'script: |+\n  #!/bin/sh\n\n  echo "$@"\n\nnext: >2\n    indented\n   less\n',
        "k: \"quoted \\x41\\u00e9\\U0001F600 \\\n   joined\"\nl: 'it''s'\n",
        'a: 2001-12-14T21:59:43Z\nb: 12:30\nc: !!str 0x10\nd: !!float 3\n',
        'plain: a:b c#d\nurl: http://x/?a=b&c=d\nglob: "*.example.com"\ntilde: ~/x\n',
      ]
      expect(verdicts(texts)).toEqual(new Map([['same', texts]]))
    })
  },
)
