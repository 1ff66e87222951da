import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Binding, JsonObject } from '../../src/bundle/bundle.ts'
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import { judge } from '../../src/policy/judge.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import type { NamespaceLookup, Review } from '../../src/policy/review.ts'
import { cpuMs } from '../support/cpu-ms.ts'
import { testBinding, testBundle, testPolicy } from '../support/bundle-parts.ts'
import { POLICY_NAMES, readFixtureModule } from './fixtures/compile.ts'
import { pod, podRequest, toReview } from './reviews.ts'

const POLICIES = new Map(POLICY_NAMES.map((each) => [each, testPolicy(each)]))
const NOW = new Date('2026-01-02T03:04:05Z')
const UNKNOWN: NamespaceLookup = () => ({ kind: 'unknown' })

let wasm: Uint8Array
beforeAll(() => {
  wasm = readFixtureModule()
})

function binding(policy: string, parameters: JsonObject = {}, name?: string): Binding {
  const found = POLICIES.get(policy) ?? testPolicy(policy)
  return testBinding(found, { parameters, ...(name === undefined ? {} : { name }) })
}

function engineFor(bindings: readonly Binding[], options: Partial<EngineOptions> = {}): Engine {
  const loaded = loadEngine(testBundle(wasm, bindings), { ...DEFAULT_ENGINE_OPTIONS, ...options })
  expect(loaded.diagnostics).toEqual([])
  if (loaded.engine === undefined) throw new Error('no engine')
  return loaded.engine
}

function run(
  engine: Engine,
  review: Review = toReview(podRequest()),
  namespaces = UNKNOWN,
): Outcome[] {
  return judge(engine, review, namespaces, NOW)
}

function only(outcomes: readonly Outcome[]): Outcome {
  expect(outcomes).toHaveLength(1)
  return outcomes[0]!
}

function told(outcome: Outcome | undefined): unknown {
  if (outcome?.kind === 'evaluated') return outcome.violations.map((each) => each.message)
  return outcome?.kind === 'failed' ? outcome.error.code : outcome?.reason
}

describe('a review', () => {
  test('is judged by each binding with its own parameters, in the bundle’s order', () => {
    const engine = engineFor([
      binding('containers', { names: ['app', 'sidecar'] }, 'both'),
      binding('containers', { names: ['app'] }, 'one'),
      binding('containers', { names: [] }, 'none'),
    ])
    const outcomes = run(engine)
    expect(outcomes.map((each) => each.binding.name)).toEqual(['both', 'one', 'none'])
    expect(outcomes.map(told)).toEqual([
      [],
      ['container sidecar'],
      ['container app', 'container sidecar'],
    ])
    expect(outcomes[1]).toMatchObject({
      violations: [{ path: ['spec', 'containers', 1, 'name'], details: { name: 'sidecar' } }],
    })
  })

  test('shows no binding the parameters of another, in any order and however often', () => {
    const parameters = fc.dictionary(
      fc
        .string({ maxLength: 6 })
        .filter((each) => each !== '__proto__' && !/[\ud800-\udfff]/u.test(each)),
      fc.jsonValue({ maxDepth: 3, noUnicodeString: true }),
      { maxKeys: 5 },
    )
    fc.assert(
      fc.property(fc.array(parameters, { minLength: 2, maxLength: 6 }), (all) => {
        const plain = all.map((each): JsonObject => JSON.parse(JSON.stringify(each)))
        const engine = engineFor(plain.map((each, i) => binding('echo', each, `b${i}`)))
        for (let round = 0; round < 3; round++) {
          const seen = run(engine).map((each) => {
            const violations = each.kind === 'evaluated' ? each.violations : []
            return JSON.parse(
              violations.find((one) => one.path?.[0] === 'parameters')?.message ?? '0',
            )
          })
          expect(seen).toEqual(plain)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('cannot bring parameters or a namespaceObject of its own', () => {
    const review = toReview(podRequest())
    const text = new TextDecoder().decode(review.bytes)
    const forged = `${text.slice(0, -1)},"parameters":{"forged":[1,{"a":"b"}]},"namespaceObject":{"forged":true}}`
    const bytes = new TextEncoder().encode(forged)
    const engine = engineFor([binding('echo', { mine: 1 }, 'a'), binding('echo', {}, 'b')])
    expect(run(engine, { ...review, bytes }).map(told)).toEqual([
      ['"none"', '{"mine":1}'],
      ['"none"', '{}'],
    ])
  })

  test('shows the Namespace of a namespaced request where it is known', () => {
    const engine = engineFor([binding('echo')])
    const found: NamespaceLookup = (name) => ({ kind: 'found', object: { metadata: { name } } })
    expect(run(engine, undefined, found).map(told)).toEqual([
      ['{"metadata":{"name":"shop"}}', '{}'],
    ])
    const cluster = toReview(podRequest({ namespace: '' }))
    expect(run(engine, cluster, found).map(told)).toEqual([['"none"', '{}']])
    expect(run(engine).map(told)).toEqual([['"none"', '{}']])
  })

  test('takes the same steps alone, after others, and on another instance', () => {
    const target = binding('containers', { names: ['app'] }, 'target')
    const others = [
      binding('echo', { a: [1, 2] }, 'x'),
      binding('patterns', { pattern: '^a' }, 'y'),
    ]
    const steps = (bindings: readonly Binding[], times: number): number[] => {
      const engine = engineFor(bindings)
      return Array.from({ length: times }, () => {
        run(
          engine,
          toReview(podRequest({ object: pod(Array.from({ length: 50 }, (_, i) => `c${i}`)) })),
        )
        const outcome = run(engine).find((each) => each.binding === target)
        return outcome?.kind === 'evaluated' ? outcome.fuelUsed : -1
      })
    }
    const all = [
      ...steps([target], 2),
      ...steps([...others, target], 2),
      ...steps([target, ...others], 2),
    ]
    expect(new Set(all).size).toBe(1)
    expect(all[0]).toBeGreaterThan(100)
  })

  test('gives the same outcomes after ten thousand others, within the same memory', () => {
    const engine = engineFor([
      binding('containers', { names: ['app'] }),
      binding('patterns', { pattern: '^x' }),
    ])
    const first = run(engine)
    const small = toReview(podRequest({ object: pod(['app']) }))
    for (let i = 0; i < 10_000; i++) run(engine, i % 2 === 0 ? small : undefined)
    expect(run(engine).map(told)).toEqual(first.map(told))
  })

  test('A10: UPDATE without an old object is judged', () => {
    const engine = engineFor([binding('containers', { names: ['app'] })])
    expect(run(engine, toReview(podRequest({ operation: 'UPDATE' }))).map(told)).toEqual([
      ['container sidecar'],
    ])
  })

  test('A6: without an object to judge is an error; DELETE has the old one', () => {
    const match = { operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const }
    const engine = engineFor([testBinding(testPolicy('echo'), { match })])
    const code = (request: Parameters<typeof podRequest>[0]): unknown =>
      told(only(run(engine, toReview(podRequest(request)))))
    expect(code({ operation: 'DELETE', object: null, oldObject: pod([]) })).toEqual([
      '"none"',
      '{}',
    ])
    expect(code({ operation: 'DELETE', object: null })).toBe('no-object')
    expect(code({ operation: 'CREATE', object: null })).toBe('no-object')
    expect(code({ operation: 'UPDATE', object: null, oldObject: pod([]) })).toBe('no-object')
    expect(code({ operation: 'CONNECT', object: null })).toBe('no-object')
    expect(code({ object: 'a text' })).toBe('no-object')
  })

  test('asks for its Namespace once, whatever the number of bindings', () => {
    const match = { namespaceSelector: { matchLabels: { a: 'b' } } }
    const engine = engineFor(
      ['x', 'y', 'z'].map((name) => testBinding(testPolicy('echo'), { name, match })),
    )
    let asked = 0
    run(engine, undefined, () => {
      asked++
      return { kind: 'found', object: { metadata: { labels: { a: 'b' } } } }
    })
    expect(asked).toBe(1)
  })
})

describe('violations', () => {
  test('come in the order of path and message, each once', () => {
    const outcome = only(run(engineFor([binding('duplicates')])))
    expect(outcome).toMatchObject({
      violations: [
        { message: 'z' },
        { message: 'a', path: ['spec'] },
        { message: 'a', path: ['spec', 2] },
        { message: 'b', path: ['spec', 2] },
        { message: 'b', path: ['spec', 10] },
        { message: 'a', path: ['spec', 'x'] },
      ],
    })
  })

  test.each([
    ['undefined', 'is undefined'],
    ['boolean', 'is a boolean, not a set'],
    ['number', 'is a number, not a set'],
    ['object', 'is an object, not a set'],
    ['string', 'is a string, not a set'],
    ['hollow', 'has no `msg`'],
    ['strings', 'is a string, not an object'],
    ['no_message', 'has no `msg`'],
    ['wrong_message', 'has an array as its `msg`'],
    ['wrong_path', 'has a string as its `path`'],
    ['wrong_step', 'something else than keys and indices'],
    ['wrong_fraction', 'something else than keys and indices'],
    ['wrong_details', 'has an array as its `details`'],
    ['extra_key', 'a key other than'],
  ])('of another shape are an error that names the policy: %s', (policy, problem) => {
    const outcome = only(run(engineFor([binding(policy)])))
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'invalid-result' } })
    const message = outcome.kind === 'failed' ? outcome.error.message : ''
    expect(message).toContain(`policy \`${policy.replaceAll('_', '-')}\``)
    expect(message).toContain(problem)
    expect(message).not.toContain('secret')
  })
})

describe('a policy that fails', () => {
  const good = binding('containers', { names: ['app'] }, 'good')
  const after = binding('containers', { names: ['app'] }, 'after')

  test('W1: one that loops is stopped by its budget, and named; the others are judged', () => {
    const engine = engineFor([good, binding('loop'), after])
    const started = cpuMs()
    const outcomes = run(engine)
    expect(cpuMs() - started).toBeLessThan(5000)
    expect(outcomes.map(told)).toEqual([
      ['container sidecar'],
      'budget-exceeded',
      ['container sidecar'],
    ])
    expect(outcomes[1]).toMatchObject({
      error: { message: 'policy `loop` (binding `loop`) used up its budget' },
      fuelUsed: DEFAULT_ENGINE_OPTIONS.fuelPerBinding,
    })
  })

  test('stops all that follow once the whole review’s budget is used up', () => {
    const engine = engineFor([binding('loop', {}, 'l1'), binding('loop', {}, 'l2'), after], {
      fuelPerBinding: 1_000_000,
      fuelPerReview: 1_500_000,
    })
    const outcomes = run(engine)
    expect(outcomes.map(told)).toEqual([
      'budget-exceeded',
      'review-budget-exceeded',
      'review-budget-exceeded',
    ])
    expect(outcomes[2]).toMatchObject({
      error: { message: expect.stringContaining('whole review') },
    })
    expect(
      run(
        engine,
        toReview(podRequest({ resource: { group: '', version: 'v1', resource: 'nodes' } })),
      ).map(told),
    ).toEqual(['resource', 'resource', 'resource'])
  })

  test('W2: one that fills the memory is stopped, and its instance with it', () => {
    const engine = engineFor([good, binding('hoarder'), after], {
      memoryPages: 64,
      fuelPerBinding: 1_000_000_000,
      fuelPerReview: 2_000_000_000,
    })
    const outcomes = run(engine)
    expect(outcomes.map(told)).toEqual([
      ['container sidecar'],
      'memory-exceeded',
      ['container sidecar'],
    ])
  })

  test('one whose rules contradict each other is an error with its place', () => {
    const outcome = only(run(engineFor([binding('conflict')])))
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: {
        code: 'evaluation-failed',
        message:
          'policy `conflict` (binding `conflict`) failed: conflict.rego:7:1: var assignment conflict',
      },
    })
  })

  test('W9: one that has a built-in make a milliard of bytes is stopped by its budget', () => {
    const started = cpuMs()
    expect(told(only(run(engineFor([binding('wide_format')]))))).toBe('budget-exceeded')
    expect(cpuMs() - started).toBeLessThan(5000)
  })

  test('W9: a pattern that others backtrack on is split in no time', () => {
    const engine = engineFor([binding('regex_split', { text: 'a'.repeat(10_000) })])
    const started = cpuMs()
    expect(told(only(run(engine)))).toEqual([`${'a'.repeat(10_000)}b`])
    expect(cpuMs() - started).toBeLessThan(3000)
  })

  test('W9: sprintf with operands of the wrong types prints what Go prints', () => {
    expect(told(only(run(engineFor([binding('wrong_operands')]))))).toEqual([
      '%!d(string=x) %!s(int64=1) %!v(MISSING)',
    ])
  })

  test('W9: a bomb of YAML aliases is refused by the built-in', () => {
    const levels = Array.from({ length: 20 }, (_, i) =>
      i === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
        : `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`,
    )
    const started = cpuMs()
    const outcome = told(only(run(engineFor([binding('yaml_bomb', { text: levels.join('\n') })]))))
    expect([[], 'budget-exceeded', 'evaluation-failed']).toContainEqual(outcome)
    expect(cpuMs() - started).toBeLessThan(3000)
  })

  test('sees the time that it is given', () => {
    const nowNs = `${BigInt(NOW.getTime()) * 1_000_000n}`
    expect(run(engineFor([binding('clock'), binding('clock', {}, 'again')])).map(told)).toEqual([
      [nowNs],
      [nowNs],
    ])
  })
})

describe('W7: bytes that are no JSON', () => {
  const engine = (): Engine => engineFor([binding('echo', {}, 'a'), binding('echo', {}, 'b')])
  const { request } = podRequestOf()

  test.each([
    ['nothing', ''],
    ['half of it', '{"request":{"object":{'],
    ['a text', '"review"'],
    ['a list', '[1]'],
    ['a set of OPA’s', '{"a","b"}'],
    ['a lone surrogate', '{"request":"\\ud800"}'],
    ['a control character', '{"request":"\u0001"}'],
    ['deep nesting', `{"request":${'['.repeat(100_000)}`],
  ])('%s: an error for every binding', (_, text) => {
    const outcomes = run(engine(), { request, bytes: new TextEncoder().encode(text) })
    expect(outcomes.map(told)).toEqual(['unreadable-review', 'unreadable-review'])
  })

  test('bytes that are not UTF-8: an error; the next review is judged', () => {
    const loaded = engine()
    const bytes = Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])
    expect(run(loaded, { request, bytes }).map(told)).toEqual([
      'unreadable-review',
      'unreadable-review',
    ])
    expect(run(loaded).map(told)).toEqual([
      ['"none"', '{}'],
      ['"none"', '{}'],
    ])
  })

  test('any bytes at all: an error or an outcome, never an exception', () => {
    const loaded = engine()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(run(loaded, { request, bytes })).toHaveLength(2)
      }),
      { numRuns: 300 },
    )
  })
})

describe('O17: a review of 3 MB', () => {
  test('of a million empty objects is judged or refused in bounded time, and the next one is judged', () => {
    const engine = engineFor([binding('containers', { names: ['app'] })])
    const review = toReview(podRequest())
    const filler = `{"filler":[${'{},'.repeat(1_000_000)}{}],"request"`
    const bytes = new TextEncoder().encode(
      new TextDecoder()
        .decode(review.bytes)
        .replace('{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request"', filler),
    )
    const started = cpuMs()
    const outcome = told(only(run(engine, { ...review, bytes })))
    expect(cpuMs() - started).toBeLessThan(8000)
    expect([['container sidecar'], 'review-too-large']).toContainEqual(outcome)
    expect(run(engine).map(told)).toEqual([['container sidecar']])
  })
})

function podRequestOf(): Review {
  return toReview(podRequest())
}
