import { createHash } from 'node:crypto'
import * as sdk from '@open-policy-agent/opa-wasm'
import { beforeAll, expect, it } from 'vitest'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { describeCompiler, rego, sharedCompiler } from './compiler-here.ts'

const LIBRARY = rego(
  `package lib.pods

containers contains c if some c in input.request.object.spec.containers
containers contains c if some c in input.request.object.spec.initContainers

name(c) := object.get(c, "name", "?")
`,
  'lib/pods.rego',
)
const POLICIES = ['alpha', 'beta', 'gamma', 'delta'].map((name) =>
  rego(
    `package ${name}

import data.lib.pods

violation contains {"msg": msg, "path": ["spec"]} if {
	some c in pods.containers
	some key, value in c.labels
	regex.match("^[a-z]+$", key)
	not startswith(value, "${name}")
	msg := sprintf("%s: %s=%s", [pods.name(c), key, value])
}
`,
    `${name}/policy.rego`,
  ),
)
const SOURCES = [LIBRARY, ...POLICIES]
const REQUEST = {
  sources: SOURCES,
  entrypoints: ['alpha/violation', 'beta/violation', 'gamma/violation', 'delta/violation'],
  hostBuiltins: ['sprintf'],
}

// The types declare by name what the module has on its default export.
const { loadPolicy: load } = (sdk as unknown as { readonly default: typeof sdk }).default

function loadPolicy(wasm: Uint8Array | undefined) {
  return load(Buffer.from(wasm ?? []))
}

function sha256(wasm: Uint8Array | undefined): string {
  if (wasm === undefined) throw new Error('nothing was built')
  return createHash('sha256').update(wasm).digest('hex')
}

describeCompiler('build', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  it('makes a module that gives what the interpreter gives', async () => {
    const sources = [
      rego(
        'package p\nimport data.q\nx contains y if { some y in input.a; y > count(q.z) }\n',
        'p.rego',
      ),
      rego('package q\nz := [1, 2]\n', 'q.rego'),
    ]
    const input = { a: [1, 2, 3, 3.5, 4] }
    const { wasm, diagnostics } = compiler.build({
      sources,
      entrypoints: ['p/x'],
      hostBuiltins: [],
    })
    expect(diagnostics).toEqual([])
    const policy = await loadPolicy(wasm)
    const [{ result }] = policy.evaluate(input) as [{ result: number[] }]
    const { results } = compiler.evaluate({ sources, query: 'data.p.x', input })
    // The module dumps a set in the order of its hashes.
    expect(result.toSorted((a, b) => a - b)).toEqual([3, 3.5, 4])
    expect(results[0]?.expressions[0]?.value).toEqual([3, 3.5, 4])
  })

  it('lists exactly the entrypoints asked for, sorted, each once', async () => {
    const sources = [rego('package p\nx := 1\ny := x\nz := y\n')]
    const { wasm } = compiler.build({
      sources,
      entrypoints: ['p/y', 'p/x', 'p/y'],
      hostBuiltins: [],
    })
    const policy = await loadPolicy(wasm)
    expect(policy.entrypoints).toEqual({ 'p/x': 0, 'p/y': 1 })
  })

  it('gives the same bytes for the same sources in any order', () => {
    const digest = sha256(compiler.build(REQUEST).wasm)
    for (let turn = 1; turn <= 5; turn++) {
      const turned = [...SOURCES.slice(turn), ...SOURCES.slice(0, turn)]
      const sources = turn % 2 === 0 ? turned : turned.toReversed()
      const entrypoints = REQUEST.entrypoints.toReversed()
      const { wasm } = compiler.build({ ...REQUEST, sources, entrypoints })
      expect(sha256(wasm)).toBe(digest)
    }
  })

  it('gives the same bytes from a fresh compiler', async () => {
    const first = await loadCompiler(locateCompiler())
    const second = await loadCompiler(locateCompiler())
    expect(sha256(second.build(REQUEST).wasm)).toBe(sha256(first.build(REQUEST).wasm))
  })

  it('gives a plan', () => {
    const { plan, wasm } = compiler.build({
      sources: [rego('package p\nx := 1\n')],
      entrypoints: ['p/x'],
      hostBuiltins: [],
      target: 'plan',
    })
    expect(wasm).toBeUndefined()
    expect(plan).toMatchObject({ plans: { plans: [{ name: 'p/x' }] } })
  })

  it('leaves tests out, even those that would not parse', () => {
    const { diagnostics } = compiler.build({
      sources: [rego('package p\nx := 1\n'), rego('package p_test\n]', 'p_test.rego')],
      entrypoints: ['p/x'],
      hostBuiltins: [],
    })
    expect(diagnostics).toEqual([])
  })

  it('reads Rego v0 where told to', () => {
    const request = {
      sources: [rego('package p\nx { 1 > 0 }\n')],
      entrypoints: ['p/x'],
      hostBuiltins: [],
    }
    expect(compiler.build({ ...request, regoVersion: 0 }).wasm).toBeDefined()
    expect(compiler.build(request).diagnostics).toMatchObject([{ code: 'rego/parse' }])
  })

  it('reports each entrypoint for which there is no rule', () => {
    const { diagnostics, wasm } = compiler.build({
      sources: [rego('package p\ny := 1\n')],
      entrypoints: ['p/x', 'q/y', 'p/y'],
      hostBuiltins: [],
    })
    expect(wasm).toBeUndefined()
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'there is no rule for the entrypoint `p/x`',
      'there is no rule for the entrypoint `q/y`',
    ])
  })

  it('reports that no entrypoint is asked for', () => {
    const { diagnostics } = compiler.build({ ...REQUEST, entrypoints: [] })
    expect(diagnostics).toMatchObject([{ code: 'rego/compile' }])
  })
})
