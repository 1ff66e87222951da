import { describe, expect, test } from 'vitest'
import { decide } from '../../src/admission/decide.ts'
import type { Exception, FailurePolicy, ValidationAction } from '../../src/bundle/bundle.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import { testBinding } from '../support/binding.ts'

function found(
  name: string,
  validationActions: readonly ValidationAction[],
  ...messages: string[]
): Outcome {
  const violations = messages.map((message) => ({ message }))
  const binding = testBinding({ name, validationActions })
  return { kind: 'evaluated', binding, violations, fuelUsed: 1 }
}

function failed(
  name: string,
  failurePolicy: FailurePolicy,
  validationActions: readonly ValidationAction[],
): Outcome {
  const binding = testBinding({ name, failurePolicy, validationActions })
  const error = { code: 'budget-exceeded', message: 'its fuel is used up' } as const
  return { kind: 'failed', binding, error, fuelUsed: 1 }
}

describe('decide', () => {
  test('allows where nothing is found', () => {
    const skipped: Outcome = { kind: 'skipped', binding: testBinding(), reason: 'resource' }
    expect(decide([found('a', ['Deny']), skipped])).toEqual({
      allowed: true,
      findings: [],
      excepted: [],
      failures: [],
      evaluated: 1,
      skipped: 1,
    })
  })

  test('sets apart what an exception lets pass, and judges the rest', () => {
    const exception: Exception = {
      name: 'legacy',
      binding: 'a',
      match: { namespaces: ['old'] },
      owner: 'team-cart',
      reason: 'it is being replaced',
      expires: '2026-12-31',
    }
    const decision = decide([
      { ...found('a', ['Deny'], 'a1', 'a2'), exception } as Outcome,
      found('b', ['Deny'], 'b1'),
    ])
    expect(decision.allowed).toBe(false)
    expect(decision.findings.map(({ binding }) => binding.name)).toEqual(['b'])
    expect(decision.excepted.map(({ violation }) => violation.message)).toEqual(['a1', 'a2'])
    expect(decision.evaluated).toBe(2)
  })

  test('lists Deny first, then Warn and Audit, each in the order of bindings and violations', () => {
    const decision = decide([
      found('a', ['Audit'], 'a1'),
      found('b', ['Warn', 'Audit'], 'b1', 'b2'),
      found('c', ['Deny', 'Audit'], 'c1'),
      found('d', ['Deny'], 'd1'),
    ])
    expect(decision.allowed).toBe(false)
    expect(
      decision.findings.map(({ action, violation }) => `${action} ${violation.message}`),
    ).toEqual([
      'Deny c1',
      'Deny d1',
      'Warn b1',
      'Warn b2',
      'Audit a1',
      'Audit b1',
      'Audit b2',
      'Audit c1',
    ])
  })

  test.each([
    ['Fail', ['Deny'], false],
    ['Fail', ['Audit', 'Deny'], false],
    ['Fail', ['Warn'], true],
    ['Fail', ['Audit'], true],
    ['Ignore', ['Deny'], true],
    ['Ignore', ['Warn'], true],
  ] as const)('an error under %s with %j leaves allowed %s', (policy, actions, allowed) => {
    const decision = decide([failed('a', policy, actions), found('b', ['Deny'])])
    expect(decision.allowed).toBe(allowed)
    expect(decision.failures).toMatchObject([{ denies: !allowed, binding: { name: 'a' } }])
    expect(decision.evaluated).toBe(1)
  })

  test('warnings and audits alone deny nothing', () => {
    expect(decide([found('a', ['Warn', 'Audit'], 'x')]).allowed).toBe(true)
  })
})
