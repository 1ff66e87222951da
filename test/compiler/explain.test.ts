import { beforeAll, expect, it } from 'vitest'
import type { Compiler } from '../../src/compiler/compiler.ts'
import type { RuleAccount } from '../../src/compiler/explanation.ts'
import { codesAndPlaces, describeCompiler, rego, sharedCompiler, shown } from './compiler-here.ts'

const POLICY = rego(`package p

import data.lib.w

violation contains fault if {
	w.sub in ["", "resize"]
	some fault in _faults
	not w.upkeep
}

_faults contains {"msg": msg, "path": ["spec", list, i]} if {
	some list in ["containers", "initContainers"]
	some i, c in input.spec[list]
	some r in ["cpu", "memory"]
	not _has(c, r)
	msg := sprintf("%v lacks %v", [c.name, r])
}

_faults contains {"msg": "all are alike"} if {
	every c in input.spec.containers {
		c.name == "b"
	}
}

_has(c, r) if c.limits[r] > 0
`)
const LIBRARY = rego(
  `package lib.w

sub := "" if input.sub == null

upkeep if input.up == 1
`,
  'lib.rego',
)
const NOW = new Date(1_700_000_000_000)

function line(account: RuleAccount): unknown[] {
  return [
    account.name,
    account.outcome,
    shown(account.failedAt),
    ...account.attempts.map((each) => each.map(({ text, value }) => `${text} = ${value}`)),
    ...(account.because.length === 0 ? [] : [account.because.map(line)]),
  ]
}

describeCompiler('explain', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  function explain(input: unknown, sources = [POLICY, LIBRARY]) {
    const query = 'data.p.violation'
    return compiler.explain({ sources, query, inputJson: JSON.stringify(input), now: NOW })
  }

  it('tells the rules that a member went through, with the values that made them hold', () => {
    const spec = { containers: [{ name: 'a', limits: { cpu: 1 } }, { name: 'b' }] }
    const { explanation, diagnostics } = explain({ sub: null, spec })
    expect(diagnostics).toEqual([])
    const members = explanation?.members ?? []
    expect(members.map((each) => each.value)).toEqual([
      { msg: 'a lacks memory', path: ['spec', 'containers', 0] },
      { msg: 'b lacks cpu', path: ['spec', 'containers', 1] },
      { msg: 'b lacks memory', path: ['spec', 'containers', 1] },
    ])
    const [violation, made] = members[1]?.rules ?? []
    expect([violation?.name, made?.name]).toEqual(['p.violation', 'p._faults'])
    expect(made?.steps.map(({ location, values }) => [shown(location), values])).toEqual([
      [
        'p.rego:12:2 some list in ["containers", "initContainers"]',
        [{ text: 'list', value: '"containers"' }],
      ],
      [
        'p.rego:13:2 some i, c in input.spec[list]',
        [
          { text: 'c', value: '{"name": "b"}' },
          { text: 'list', value: '"containers"' },
          { text: 'i', value: '1' },
        ],
      ],
      ['p.rego:14:2 some r in ["cpu", "memory"]', [{ text: 'r', value: '"cpu"' }]],
      [
        'p.rego:15:2 not _has(c, r)',
        [
          { text: 'c', value: '{"name": "b"}' },
          { text: 'r', value: '"cpu"' },
        ],
      ],
      [
        'p.rego:16:2 msg := sprintf("%v lacks %v", [c.name, r])',
        [
          { text: 'msg', value: '"b lacks cpu"' },
          { text: 'c.name', value: '"b"' },
          { text: 'r', value: '"cpu"' },
          { text: 'c', value: '{"name": "b"}' },
        ],
      ],
    ])
  })

  it('tells where the rules gave up that yielded nothing, and why', () => {
    const spec = { containers: [{ name: 'a', limits: { cpu: 1, memory: 1 } }] }
    const { explanation } = explain({ sub: null, spec })
    expect(explanation?.members).toEqual([])
    expect(explanation?.others.map(line)).toEqual([
      [
        'p.violation',
        'failed',
        'p.rego:7:2 some fault in _faults',
        ['p._faults = set()'],
        [
          [
            'p._faults',
            'failed',
            'p.rego:15:2 not _has(c, r)',
            ['c = {"limits": {"cpu": 1, "memory": 1}, "name": "a"}', 'r = "cpu"'],
            ['c = {"limits": {"cpu": 1, "memory": 1}, "name": "a"}', 'r = "memory"'],
            [['p._has', 'held', undefined]],
          ],
          [
            'p._faults',
            'failed',
            'p.rego:20:2 every c in input.spec.containers {\n\t\tc.name == "b"\n\t}',
            [
              'input.spec.containers = [{"limits": {"cpu": 1, "memory": 1}, "name": "a"}]',
              'c.name = "a"',
              'c = {"limits": {"cpu": 1, "memory": 1}, "name": "a"}',
            ],
          ],
        ],
      ],
    ])
    const every = explanation?.others[0]?.because[1]
    expect(shown(every?.innerAt)).toBe('p.rego:21:3 c.name == "b"')
  })

  it('tells the first false expression where a rule is passed over by OPA’s index', () => {
    const { explanation } = explain({ sub: 'exec', up: 1, spec: {} })
    expect(explanation?.others.map(line)).toEqual([
      [
        'p.violation',
        'failed',
        'p.rego:6:2 w.sub in ["", "resize"]',
        ['w.sub = undefined'],
        [['lib.w.sub', 'failed', 'lib.rego:3:14 input.sub == null', ['input.sub = "exec"']]],
      ],
    ])
  })

  it('names the rule that holds where it must not', () => {
    const { explanation } = explain({ sub: null, up: 1, spec: { containers: [{ name: 'b' }] } })
    const [violation] = explanation?.others ?? []
    expect(shown(violation?.failedAt)).toBe('p.rego:8:2 not w.upkeep')
    expect(violation?.because.map(line)).toEqual([['lib.w.upkeep', 'held', undefined]])
  })

  it('points at the head where a message is undefined', () => {
    const source = rego('package p\nviolation contains {"msg": input.a.b} if input.a\n')
    const { explanation } = explain({ a: {} }, [source])
    expect(explanation?.others.map(line)).toEqual([
      ['p.violation', 'failed', 'p.rego:2:20 {"msg": input.a.b}', ['input.a.b = undefined']],
    ])
  })

  it('keeps values short', () => {
    const source = rego('package p\nviolation contains {"msg": "x"} if count(input.a) == 1\n')
    const { explanation } = explain({ a: 'é'.repeat(5_000) }, [source])
    const value = explanation?.others[0]?.attempts[0]?.find((each) => each.text === 'input.a')
    expect(value?.value).toMatch(/^"é{50,199}…$/)
  })

  it('ends where an evaluation does not', () => {
    const source = rego(`package p
violation contains {"msg": "x"} if {
	some i in numbers.range(1, 9000)
	some j in numbers.range(1, 9000)
	i * j < 0
}
`)
    const result = compiler.explain({
      sources: [source],
      query: 'data.p.violation',
      inputJson: '{}',
      now: NOW,
      timeoutMs: 300,
    })
    expect(result.error).toBe('it ran for too long')
  })

  it('says what stops an evaluation, and what is wrong with the Rego', () => {
    const conflict = rego(
      'package p\nviolation contains {"msg": f(1)}\nf(_) := "a"\nf(x) := "b" if x > 0\n',
    )
    expect(explain({}, [conflict]).error).toMatch(/conflict/)
    expect(codesAndPlaces(explain({}, [rego('package p\n]')]).diagnostics)).toEqual([
      'rego/parse p.rego:2:1 ]',
    ])
  })
})

describeCompiler('evaluateAll', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  it('answers each case for itself', () => {
    const source = rego(`package p
set contains x if some x in input.xs
loops if {
	some i in numbers.range(1, 9000)
	some j in numbers.range(1, 9000)
	i * j < 0
}
conflict := x if some x in input.xs
clock := time.now_ns()
known := data.k
`)
    const ask = (rule: string, input: unknown = {}) => ({
      query: `data.p.${rule}`,
      inputJson: JSON.stringify(input),
    })
    const { results, diagnostics } = compiler.evaluateAll({
      sources: [source],
      cases: [
        ask('set', { xs: ['b', 'a'] }),
        ask('loops'),
        ask('conflict', { xs: [1, 2] }),
        ask('conflict'),
        ask('clock'),
        ask('known'),
        { query: 'data.p.set', inputJson: '{"xs":[123456789012345678901234567890]}' },
      ],
      data: { k: [1] },
      now: NOW,
      timeoutMs: 300,
    })
    expect(diagnostics).toEqual([])
    expect(results.slice(0, 2)).toEqual([{ value: ['a', 'b'] }, { error: 'it ran for too long' }])
    expect(results[2]?.error).toMatch(/conflict|must not produce multiple/)
    expect(results.slice(3, 6)).toEqual([{}, { value: NOW.getTime() * 1_000_000 }, { value: [1] }])
    expect(results[6]?.value).toEqual([Number('123456789012345678901234567890')])
  })

  it('places a fault of the Rego', () => {
    const sources = [rego('package p\nx := y\n')]
    const { results, diagnostics } = compiler.evaluateAll({ sources, cases: [], now: NOW })
    expect(results).toEqual([])
    expect(codesAndPlaces(diagnostics)).toEqual(['rego/unsafe-var p.rego:2:6 y'])
  })
})
