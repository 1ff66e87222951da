import { describe, expect, test } from 'vitest'
import type { Binding } from '../../src/bundle/bundle.ts'
import type { EvaluationErrorCode } from '../../src/policy/outcome.ts'
import { type Circuits, createCircuits } from '../../src/server/circuits.ts'
import { testBinding, testPolicy } from '../support/bundle-parts.ts'

const BINDING = testBinding(testPolicy('loop'))
const OTHER = { ...testBinding(testPolicy('echo')), name: 'other' }

interface Trial {
  readonly circuits: Circuits
  readonly changes: string[]
  readonly pass: (milliseconds: number) => void
  readonly fail: (namespace: string, code?: EvaluationErrorCode, binding?: Binding) => void
  readonly succeed: (namespace: string) => void
  readonly isOpen: (namespace: string, binding?: Binding) => boolean
}

function start(): Trial {
  let nowMs = 1_000
  const changes: string[] = []
  const circuits = createCircuits({
    options: { consecutiveErrors: 3, openMs: 10_000 },
    elapsedMs: () => nowMs,
    onChange: ({ binding, namespace, state }) =>
      changes.push(`${binding.name} ${namespace ?? 'everywhere'} ${state}`),
  })
  return {
    circuits,
    changes,
    pass: (milliseconds) => (nowMs += milliseconds),
    fail: (namespace, code = 'budget-exceeded', binding = BINDING) =>
      circuits.record(
        { kind: 'failed', binding, error: { code, message: '' }, fuelUsed: 0 },
        namespace,
      ),
    succeed: (namespace) =>
      circuits.record(
        { kind: 'evaluated', binding: BINDING, violations: [], fuelUsed: 0 },
        namespace,
      ),
    isOpen: (namespace, binding = BINDING) => circuits.check(binding, namespace) !== undefined,
  }
}

function failTimes(trial: Trial, times: number, namespace: string): void {
  for (let i = 0; i < times; i++) trial.fail(namespace)
}

describe('a circuit', () => {
  test('opens after so many failures in a row, for that namespace and that binding', () => {
    const trial = start()
    failTimes(trial, 2, 'shop')
    expect(trial.isOpen('shop')).toBe(false)
    trial.fail('shop')
    expect(trial.circuits.check(BINDING, 'shop')).toMatchObject({ code: 'circuit-open' })
    expect(trial.isOpen('cart')).toBe(false)
    expect(trial.isOpen('shop', OTHER)).toBe(false)
    expect(trial.circuits.countOpen(BINDING)).toBe(1)
    expect(trial.changes).toEqual([`${BINDING.name} shop open`])
  })

  test('does not open where a success comes between', () => {
    const trial = start()
    for (let i = 0; i < 10; i++) {
      failTimes(trial, 2, 'shop')
      trial.succeed('shop')
    }
    expect(trial.isOpen('shop')).toBe(false)
    expect(trial.changes).toEqual([])
  })

  test.each([
    'unknown-namespace',
    'no-object',
    'unreadable-review',
    'review-too-large',
    'review-budget-exceeded',
    'deadline-exceeded',
    'circuit-open',
  ] as const)('does not count %s, which is no fault of the policy', (code) => {
    const trial = start()
    for (let i = 0; i < 10; i++) trial.fail('shop', code)
    expect(trial.isOpen('shop')).toBe(false)
  })

  test('lets one try when its time is over: a failure opens it again, a success closes it', () => {
    const trial = start()
    failTimes(trial, 3, 'shop')
    trial.pass(9_999)
    expect(trial.isOpen('shop')).toBe(true)
    trial.pass(1)
    expect(trial.isOpen('shop')).toBe(false)
    trial.fail('shop')
    expect(trial.isOpen('shop')).toBe(true)
    trial.pass(10_000)
    trial.succeed('shop')
    expect(trial.isOpen('shop')).toBe(false)
    failTimes(trial, 2, 'shop')
    expect(trial.isOpen('shop')).toBe(false)
    expect(trial.changes).toEqual([`${BINDING.name} shop open`, `${BINDING.name} shop closed`])
  })

  test('is one for all where so many fail in a row in three namespaces, until a try succeeds', () => {
    const trial = start()
    for (const namespace of ['a', 'b']) trial.fail(namespace)
    expect(trial.isOpen('z')).toBe(false)
    trial.fail('c')
    expect(trial.isOpen('z')).toBe(true)
    expect(trial.changes).toEqual([`${BINDING.name} everywhere open`])
    trial.pass(10_000)
    expect(trial.isOpen('z')).toBe(false)
    trial.fail('z')
    expect(trial.isOpen('y')).toBe(true)
    trial.pass(10_000)
    trial.succeed('z')
    expect(trial.isOpen('y')).toBe(false)
    trial.fail('y')
    expect(trial.isOpen('z')).toBe(false)
  })

  test('is one for all only where there are three: two namespaces shut nobody out', () => {
    const trial = start()
    for (const namespace of ['a', 'b']) failTimes(trial, 3, namespace)
    expect(trial.isOpen('z')).toBe(false)
    expect(trial.circuits.countOpen(BINDING)).toBe(2)
  })

  test('is no one’s but its own where another namespace succeeds between', () => {
    const trial = start()
    for (const namespace of ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']) {
      trial.fail(namespace)
      trial.succeed('good')
    }
    const open = ['a', 'b', 'c', 'good'].map((each) => trial.isOpen(each))
    expect(open).toEqual([true, true, true, false])
  })

  test('is forgotten for the oldest of very many namespaces', () => {
    const trial = start()
    for (let i = 0; i < 5_000; i++) {
      trial.fail(`n${i}`)
      trial.succeed('good')
    }
    expect(trial.isOpen('n4999')).toBe(false)
    failTimes(trial, 2, 'n4999')
    expect(trial.isOpen('n4999')).toBe(true)
    failTimes(trial, 2, 'n0')
    expect(trial.isOpen('n0')).toBe(false)
  })
})
