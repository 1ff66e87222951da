import { beforeAll, describe, expect, it } from 'vitest'
import type { Compiler } from '../../src/compiler/compiler.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { codesAndPlaces, describeCompiler, rego, sharedCompiler, shown } from './compiler-here.ts'

describeCompiler('diagnostics', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  const faults = (text: string) =>
    compiler.build({ sources: [rego(text)], entrypoints: ['p/x'], hostBuiltins: [] }).diagnostics

  it.each([
    ['a token that does not fit', 'package p\nx := ]\n', ['rego/parse p.rego:2:6 ]']],
    ['v0 without `if`', 'package p\nx { 1 > 0 }\n', ['rego/parse p.rego:2:1 x { 1 > 0 }']],
    ['no package', 'x := 1\n', ['rego/parse p.rego:1:1 x := 1']],
    ['nothing', '', ['rego/parse p.rego:1:1 ']],
    [
      'variables never bound',
      'package p\nx if { a; b }\n',
      ['rego/unsafe-var p.rego:2:8 a', 'rego/unsafe-var p.rego:2:11 b'],
    ],
    ['a function that is not there', 'package p\nx if nope(1)\n', ['rego/type p.rego:2:6 nope(1)']],
    [
      'arguments of the wrong type, over several lines',
      'package p\nx if {\n  startswith(\n    1,\n    "é"\n  )\n}\n',
      ['rego/type p.rego:3:3 startswith(\n    1,\n    "é"\n  )'],
    ],
    [
      'what strict checks refuse',
      'package p\nimport data.q\nx if { a := 1 }\nf(a) := 1\n',
      [
        'rego/compile p.rego:2:1 import',
        'rego/compile p.rego:3:8 a := 1',
        'rego/compile p.rego:4:1 f(a) := 1',
      ],
    ],
  ])('place %s', (_, text, expected) => {
    expect(codesAndPlaces(faults(text))).toEqual(expected)
  })

  it('name each circle of rules once, with all its places', () => {
    const found = faults('package p\nx if y\ny if z\nz if x\na if a\n')
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['rego/recursion', '`p.x` needs itself: `p.x` → `p.y` → `p.z` → `p.x`'],
      ['rego/recursion', '`p.a` needs itself: `p.a` → `p.a`'],
    ])
    expect(found[0]?.related.map(shown)).toEqual(['p.rego:3:1 y if z', 'p.rego:4:1 z if x'])
  })

  it.each([
    ['two-byte characters', 'package p\nx if { "éé" == foo }\n'],
    ['surrogate pairs', 'package p\nx if { "😀😀" == foo }\n'],
    ['tabs', 'package p\nx if {\n\t\t"é";\tfoo }\n'],
    ['a byte order mark', '\ufeffpackage p\nx := foo\n'],
    ['CRLF', 'package p\r\n\r\nx := foo\r\n'],
    ['a word in a string', 'package p\nx if "foo" == foo\n'],
  ])('count in UTF-16 code units: after %s', (_, text) => {
    const start = text.lastIndexOf('foo')
    expect(faults(text).map(({ primary }) => primary?.span)).toEqual([{ start, end: start + 3 }])
  })

  it('tell the faults of all files, by file', () => {
    const { diagnostics } = compiler.build({
      sources: [rego('package b\n]', 'b.rego'), rego('package a\n]', 'a.rego')],
      entrypoints: [],
      hostBuiltins: [],
    })
    expect(codesAndPlaces(diagnostics)).toEqual([
      'rego/parse a.rego:2:1 ]',
      'rego/parse b.rego:2:1 ]',
    ])
  })

  it('are not cut off at ten', () => {
    const rules = Array.from({ length: 40 }, (_, i) => `y${i} if v${i}`).join('\n')
    expect(faults(`package p\n${rules}\n`)).toHaveLength(40)
  })

  it('do not tell the same conflict once for each rule', () => {
    const { diagnostics } = compiler.build({
      sources: [
        rego('package p\nx := 1 if input.a\nx := 2 if input.b\n', 'a.rego'),
        rego('package p.x\ny := 1\n', 'b.rego'),
      ],
      entrypoints: ['p/x'],
      hostBuiltins: [],
    })
    expect(codesAndPlaces(diagnostics)).toEqual([
      'rego/type a.rego:1:1 package',
      'rego/type a.rego:2:1 x := 1 if input.a',
    ])
  })

  describe('of METADATA', () => {
    it.each([
      [
        'that is not YAML',
        'package p\n\n# METADATA\n# title: [x\n# custom: 1\nx := 1\n',
        'rego/metadata p.rego:5:1 # custom: 1',
      ],
      [
        'with a key of the wrong type',
        '# METADATA\n# title: t\n# schemas: 3\npackage p\nx := 1\n',
        'rego/metadata p.rego:3:1 # schemas: 3',
      ],
      ['that is empty', '# METADATA\npackage p\nx := 1\n', 'rego/metadata p.rego:1:1 # METADATA'],
      [
        'for another scope',
        '# METADATA\n# scope: document\n# title: t\npackage p\nx := 1\n',
        'rego/metadata p.rego:1:1 # METADATA\n# scope: document\n# title: t',
      ],
      [
        'with CRLF',
        'package p\r\n# METADATA\r\n# title: [x\r\n# custom: 1\r\nx := 1\r\n',
        'rego/metadata p.rego:4:1 # custom: 1',
      ],
    ])('%s', (_, text, expected) => {
      expect(codesAndPlaces(faults(text))).toEqual([expected])
      const { diagnostics } = compiler.annotations([createSourceFile('p.rego', text)])
      expect(codesAndPlaces(diagnostics)).toEqual([expected])
    })

    it('of two blocks that are both wrong', () => {
      const text =
        '# METADATA\n# title: [x\npackage p\n\n# METADATA\n# title:x\n# custom: 1\nx := 1\n'
      expect(codesAndPlaces(faults(text))).toEqual([
        expect.stringMatching(/^rego\/metadata p\.rego:[12]:1 /),
        expect.stringMatching(/^rego\/metadata p\.rego:[67]:1 /),
      ])
    })
  })
})
