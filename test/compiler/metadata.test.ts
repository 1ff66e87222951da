import { beforeAll, expect, it } from 'vitest'
import type { Compiler } from '../../src/compiler/compiler.ts'
import { codesAndPlaces, describeCompiler, rego, sharedCompiler, shown } from './compiler-here.ts'

const POLICY = rego(`# METADATA
# title: Tïtle
# description: |
#   Two
#   lines
# related_resources:
#   - ref: https://example.com/x
#     description: where
#   - https://example.com/y
# authors:
#   - name: A
# organizations: [O]
# schemas:
#   - input.parameters: {type: object, additionalProperties: false, properties: {a: {type: string, default: b}}}
# custom:
#   severity: high
#   resources: [pods, apps/deployments]
#   nested: {a: [1, 2.5, null, true]}
package p

# METADATA
# entrypoint: true
x contains input.parameters.a

# METADATA
# scope: rule
# title: first
y := 1 if input.a

# METADATA
# scope: rule
# title: second
y := 2 if input.b
`)

function withSchema(schema: string, body: string) {
  return rego(`package p
# METADATA
# schemas:
#   - input.parameters: ${schema}
x if { ${body} }
`)
}

describeCompiler('METADATA', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  const build = (source: ReturnType<typeof rego>) =>
    compiler.build({ sources: [source], entrypoints: ['p/x'], hostBuiltins: [] })

  it('comes back from a build with every key and its place', () => {
    const { annotations, diagnostics } = build(POLICY)
    expect(diagnostics).toEqual([])
    const described = annotations.map(({ file, ...rest }) => ({ ...rest, file: file.path }))
    expect(described).toMatchObject([
      {
        scope: 'package',
        path: ['p'],
        file: 'p.rego',
        title: 'Tïtle',
        description: 'Two\nlines\n',
        relatedResources: [
          { ref: 'https://example.com/x', description: 'where' },
          { ref: 'https://example.com/y' },
        ],
        authors: [{ name: 'A' }],
        organizations: ['O'],
        schemas: [
          {
            path: ['input', 'parameters'],
            definition: {
              type: 'object',
              additionalProperties: false,
              properties: { a: { type: 'string', default: 'b' } },
            },
          },
        ],
        custom: {
          severity: 'high',
          resources: ['pods', 'apps/deployments'],
          nested: { a: [1, 2.5, null, true] },
        },
      },
      { scope: 'document', path: ['p', 'x'], entrypoint: true },
      { scope: 'rule', path: ['p', 'y'], title: 'first' },
      { scope: 'rule', path: ['p', 'y'], title: 'second' },
    ])
    expect(shown(annotations[1])).toBe('p.rego:21:1 # METADATA\n# entrypoint: true')
    expect(shown(annotations[0])).toMatch(/^p\.rego:1:1 # METADATA\n# title: Tïtle\n[^]*true\]\}$/)
  })

  it('is the same when it is read without compiling', () => {
    expect(compiler.annotations([POLICY]).annotations).toEqual(build(POLICY).annotations)
  })

  it('can be read of sources that do not compile', () => {
    const { annotations, diagnostics } = compiler.annotations([
      rego('# METADATA\n# title: t\npackage p\nx if nope(1)\n'),
      rego('package q\n]', 'q.rego'),
    ])
    expect(annotations).toMatchObject([{ title: 't' }])
    expect(codesAndPlaces(diagnostics)).toEqual(['rego/parse q.rego:2:1 ]'])
  })

  it('has schemas by which references to parameters are checked', () => {
    const schema =
      '{type: object, additionalProperties: false, properties: {labels: {type: array, items: {type: string}}}}'
    const { diagnostics } = build(
      withSchema(schema, 'input.parameters.label == "a"; input.parameters.labels[0] == 1'),
    )
    expect(codesAndPlaces(diagnostics)).toEqual([
      'rego/type p.rego:5:8 input.parameters.label',
      'rego/type p.rego:5:39 input.parameters.labels[0] == 1',
    ])
    expect(diagnostics[0]?.help).toBe('there is `labels`')
  })

  it.each([
    [
      'an open object',
      '{type: object, properties: {a: {type: string}}}',
      'input.parameters.b == 1',
    ],
    [
      'several types',
      '{type: object, additionalProperties: false, properties: {a: {type: [string, "null"]}}}',
      'input.parameters.a == null',
    ],
    [
      'patterns of properties',
      '{type: object, additionalProperties: false, patternProperties: {"^a": {}}}',
      'input.parameters.ab == 1',
    ],
    ['conditions', '{type: object, if: {}, then: {}, oneOf: [{}]}', 'input.parameters.a == 1'],
    ['references', '{$ref: "#/$defs/a", $defs: {a: {type: object}}}', 'input.parameters.a == 1'],
    [
      'a reference that nobody follows',
      '{$ref: "http://127.0.0.1:1/x"}',
      'input.parameters.a == 1',
    ],
    ['patterns that are not RE2', '{type: string, pattern: "(?!a)b"}', 'input.parameters == "b"'],
    ['limits of later drafts', '{type: number, exclusiveMinimum: 0}', 'input.parameters > 1'],
    ['tuples', '{type: array, prefixItems: [{type: string}]}', 'input.parameters[1] == 1'],
    ['no type', '{properties: {a: {type: string}}}', 'input.parameters.b == 1'],
    ['nothing', '{}', 'input.parameters.b == 1'],
    ['a type that is none', '{type: objekt}', 'input.parameters.b == 1'],
  ])('has schemas that never break a build: %s', (_, schema, body) => {
    expect(build(withSchema(schema, body)).diagnostics).toEqual([])
  })

  it('tells the package of each source', () => {
    const { packages } = compiler.packages([
      rego('package q.r["s-t"]\n', 'b.rego'),
      rego('package p\n', 'a.rego'),
    ])
    expect(packages.map(({ file, path }) => [file.path, path])).toEqual([
      ['a.rego', ['p']],
      ['b.rego', ['q', 'r', 's-t']],
    ])
  })
})
