import { beforeAll, expect, it } from 'vitest'
import type { Compiler } from '../../src/compiler/compiler.ts'
import { codesAndPlaces, describeCompiler, rego, sharedCompiler, shown } from './compiler-here.ts'

const POLICY = rego(`package p

allow if {
	input.x == 1
}

never if {
	input.y
}
`)
const TESTS = rego(
  `package p_test

import data.p

test_passes if p.allow with input as {"x": 1}

test_fails if {
	a := 2
	print("a is", a)
	b := a + 1
	b == 4
	p.allow
}

test_every if {
	every x in [1, 2, 3] { x < 3 }
}

todo_test_later if false

test_conflict if f(1) == 2

f(_) := 1

f(x) := 2 if x > 0

test_cases[name] if {
	some name, n in {"a": 1, "b": 2}
	n == 1
}
`,
  'p_test.rego',
)

describeCompiler('test', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  it('tells the outcome of each test, and where one failed', () => {
    const { results, diagnostics, coverage } = compiler.test([TESTS, POLICY])
    expect(diagnostics).toEqual([])
    expect(coverage).toBeUndefined()
    const outcomes = results.map((each) => [
      each.name,
      each.outcome,
      shown(each.location)?.split(' ')[0],
      shown(each.failedAt),
    ])
    expect(outcomes).toEqual([
      ['test_passes', 'pass', 'p_test.rego:5:1', undefined],
      ['test_fails', 'fail', 'p_test.rego:7:1', 'p_test.rego:11:2 b == 4'],
      ['test_every', 'fail', 'p_test.rego:15:1', 'p_test.rego:16:2 every x in [1, 2, 3] { x < 3 }'],
      ['todo_test_later', 'skip', 'p_test.rego:19:1', undefined],
      ['test_conflict', 'error', 'p_test.rego:21:1', 'p_test.rego:25:1 f(x) := 2 if x > 0'],
      ['test_cases', 'fail', 'p_test.rego:27:1', 'p_test.rego:29:2 n == 1'],
    ])
    expect(results.every((each) => each.package === 'p_test')).toBe(true)
    expect(results[1]?.values).toEqual([{ text: 'b', value: '3' }])
    expect(results[2]?.values).toEqual([{ text: 'x', value: '3' }])
    expect(results[1]?.output).toBe('a is 2\n')
    expect(results[4]?.message).toContain('conflicting values')
    expect(results[5]?.failedCases).toEqual(['b'])
  })

  it('tells the values of documents, under the `with` of the expression that failed', () => {
    const source = rego(
      `package p_test

import data.p

test_document if {
	review := {"x": 2}
	p.allow == true with input as review
}

test_set if p.names == {"a"} with input as {"names": ["b"]}

test_call if count(p.names) + 1 == 1 with input as {"names": ["b"]}
`,
      'p_test.rego',
    )
    const policy = rego(`package p

allow if input.x == 1

names contains name if some name in input.names
`)
    const { results, diagnostics } = compiler.test([source, policy])
    expect(diagnostics).toEqual([])
    expect(
      results.map(({ values }) => values?.map((each) => `${each.text} = ${each.value}`)),
    ).toEqual([
      ['p.allow = undefined', 'review = {"x": 2}'],
      ['p.names = {"b"}'],
      ['count(p.names) + 1 = 2', 'p.names = {"b"}', 'count(p.names) = 1'],
    ])
  })

  it('tells the lines that tests have been on', () => {
    const { coverage } = compiler.test([TESTS, POLICY], { coverage: true })
    expect(coverage?.map(({ file, ...lines }) => [file.path, lines])[0]).toEqual([
      'p.rego',
      { covered: [{ first: 3, last: 4 }], notCovered: [{ first: 7, last: 8 }] },
    ])
  })

  it('runs the tests whose names match a filter', () => {
    const { results } = compiler.test([TESTS, POLICY], { filter: 'test_pass' })
    expect(results.map(({ name }) => name)).toEqual(['test_passes'])
  })

  it('stops a test that runs for too long, and goes on', () => {
    const loop = rego(`package p_test
test_loops if {
	count([1 | some i in numbers.range(1, 5000); some j in numbers.range(1, 5000); i == j + 9000]) == 1
}
test_passes if 1 == 1
`)
    const started = performance.now()
    const { results } = compiler.test([loop], { timeoutMs: 200 })
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(results.map(({ name, outcome, message }) => [name, outcome, message])).toEqual([
      ['test_loops', 'error', 'the test ran for too long'],
      ['test_passes', 'pass', undefined],
    ])
  })

  it('has functions that policies do not have, but none that does I/O', () => {
    const pure = rego('package p_test\ntest_a if semver.compare("1.0.0", "1.0.1") == -1\n')
    expect(compiler.test([pure]).results).toMatchObject([{ outcome: 'pass' }])
    const io = rego('package p_test\ntest_a if http.send({})\n')
    expect(codesAndPlaces(compiler.test([io]).diagnostics)).toEqual([
      'rego/unsupported-builtin p.rego:2:11 http.send({})',
    ])
  })

  it('runs nothing when the Rego is faulty', () => {
    const { results, diagnostics } = compiler.test([TESTS, rego('package q\n]', 'q.rego')])
    expect(results).toEqual([])
    expect(diagnostics).not.toEqual([])
  })

  it('reads data', () => {
    const source = rego('package p_test\ntest_a if data.q.r == "é"\n')
    expect(compiler.test([source], { data: { q: { r: 'é' } } }).results).toMatchObject([
      { outcome: 'pass' },
    ])
  })
})

describeCompiler('format', () => {
  it('lays Rego out as OPA does, and leaves it so', async () => {
    const compiler = await sharedCompiler()
    const { text } = compiler.format(rego('package p\nx:=1 # é\ny if{ 1>0\n  2>1}\n'))
    expect(text).toBe('package p\n\nx := 1 # é\n\ny if {\n\t1 > 0\n\t2 > 1\n}\n')
    expect(compiler.format(rego(text ?? '')).text).toBe(text)
  })

  it('places a fault', async () => {
    const compiler = await sharedCompiler()
    const { text, diagnostics } = compiler.format(rego('package p\nx := ]\n'))
    expect(text).toBeUndefined()
    expect(codesAndPlaces(diagnostics)).toEqual(['rego/parse p.rego:2:6 ]'])
  })
})

describeCompiler('evaluate', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  it('gives values and bindings', () => {
    const { results } = compiler.evaluate({
      sources: [POLICY],
      query: 'x := data.p.allow; y := data.z',
      input: { x: 1 },
      data: { z: [1] },
    })
    expect(results[0]?.bindings).toEqual({ x: true, y: [1] })
  })

  it('keeps every digit in the text', () => {
    const { json } = compiler.evaluate({ sources: [], query: '123456789012345678901234567890' })
    expect(json).toContain('"value":123456789012345678901234567890,')
  })

  it('is undefined where a built-in fails', () => {
    expect(compiler.evaluate({ sources: [], query: '1 / 0' }).results).toEqual([])
  })

  it('says why an evaluation stopped', () => {
    const { error } = compiler.evaluate({
      sources: [rego('package p\nx := y if some y in [1, 2]\n')],
      query: 'data.p.x',
    })
    expect(error).toMatch(/^eval_conflict_error: /)
  })

  it('reports a query that is no Rego', () => {
    expect(compiler.evaluate({ sources: [], query: ']' }).diagnostics).toMatchObject([
      { code: 'rego/parse' },
    ])
  })
})
