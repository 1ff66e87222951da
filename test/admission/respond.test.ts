import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../../src/admission/decide.ts'
import { fieldPath } from '../../src/admission/field-path.ts'
import { type AdmissionAnswer, toRefusal, toResponse } from '../../src/admission/respond.ts'
import type { Binding, Exception } from '../../src/bundle/bundle.ts'
import type { EvaluationErrorCode, Outcome, Violation } from '../../src/policy/outcome.ts'
import { testBinding, testPolicy } from '../support/binding.ts'
import { UID } from '../support/review.ts'
import { verifyAnswer } from '../support/verify-answer.ts'

const CONTEXT = { bundleDigest: `sha256:${'a'.repeat(64)}`, decisionId: 'd-1' }

function found(overrides: Partial<Binding>, ...violations: Violation[]): Outcome {
  return { kind: 'evaluated', binding: testBinding(overrides), violations, fuelUsed: 1 }
}

function failed(overrides: Partial<Binding>, message: string, code: EvaluationErrorCode): Outcome {
  return { kind: 'failed', binding: testBinding(overrides), error: { code, message }, fuelUsed: 1 }
}

function respond(...outcomes: Outcome[]): AdmissionAnswer['response'] {
  const answer = toResponse(UID, decide(outcomes), CONTEXT)
  expect(verifyAnswer(JSON.stringify(answer), UID)).toEqual([])
  return answer.response
}

const limits = testPolicy({
  name: 'container-limits',
  remediation: 'Set resources.limits.cpu and resources.limits.memory.',
  relatedResources: [{ ref: 'https://kubernetes.io/docs/concepts/configuration/' }],
})

const LEGACY: Exception = {
  name: 'legacy-cart',
  binding: 'no-host-network',
  match: { namespaces: ['old'] },
  owner: 'team-cart',
  reason: 'it is being replaced',
  expires: '2026-12-31',
}

function excepted(overrides: Partial<Binding>, ...violations: Violation[]): Outcome {
  return { ...found(overrides, ...violations), exception: LEGACY } as Outcome
}

describe('an exception', () => {
  test('allows with a warning that names it and its last day, and an audit annotation', () => {
    const response = respond(excepted({}, { message: 'x'.repeat(300), path: ['spec'] }))
    expect(response.allowed).toBe(true)
    expect(response.warnings).toHaveLength(1)
    expect(response.warnings?.[0]).toMatch(
      /^no-host-network: x+… \(spec\) \[excepted until 2026-12-31 by legacy-cart\]$/,
    )
    expect(response.auditAnnotations?.['excepted-by']).toBe('legacy-cart (no-host-network)')
  })

  test('from a binding that only audits tells the audit log alone', () => {
    const response = respond(excepted({ validationActions: ['Audit'] }, { message: 'm' }))
    expect(response.warnings).toBeUndefined()
    expect(response.auditAnnotations?.['excepted-by']).toBe('legacy-cart (no-host-network)')
  })
})

describe('toResponse', () => {
  test('allows with the digest and the id for the audit log, and without a status', () => {
    expect(respond(found({}))).toEqual({
      uid: UID,
      allowed: true,
      auditAnnotations: { 'bundle-digest': CONTEXT.bundleDigest, 'decision-id': 'd-1' },
    })
  })

  test('tells every fault with its place and how to mend it', () => {
    const response = respond(
      found({}, { message: 'the pod uses the network of its node', path: ['spec', 'hostNetwork'] }),
      found(
        { name: 'limits', policy: limits },
        {
          message: 'container `app` has no CPU limit',
          path: ['spec', 'containers', 0, 'resources', 'limits', 'cpu'],
        },
        {
          message: 'container `app` has no memory limit',
          path: ['spec', 'containers', 0, 'resources', 'limits', 'memory'],
        },
      ),
    )
    expect(response).toMatchInlineSnapshot(`
      {
        "allowed": false,
        "auditAnnotations": {
          "bundle-digest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "decision-id": "d-1",
          "denied-by": "no-host-network; limits",
        },
        "status": {
          "code": 403,
          "details": {
            "causes": [
              {
                "field": "spec.hostNetwork",
                "message": "no-host-network: the pod uses the network of its node",
                "reason": "host-network",
              },
              {
                "field": "spec.containers[0].resources.limits[cpu]",
                "message": "limits: container \`app\` has no CPU limit",
                "reason": "container-limits",
              },
              {
                "field": "spec.containers[0].resources.limits[memory]",
                "message": "limits: container \`app\` has no memory limit",
                "reason": "container-limits",
              },
            ],
          },
          "message": "3 faults
      no-host-network: the pod uses the network of its node (spec.hostNetwork)
        Remove hostNetwork.
      limits: container \`app\` has no CPU limit (spec.containers[0].resources.limits[cpu])
      limits: container \`app\` has no memory limit (spec.containers[0].resources.limits[memory])
        Set resources.limits.cpu and resources.limits.memory.
        https://kubernetes.io/docs/concepts/configuration/",
          "reason": "Forbidden",
          "status": "Failure",
        },
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
      }
    `)
  })

  test('says which policy failed and why, as an error of the server', () => {
    const response = respond(failed({}, 'it used up its fuel', 'budget-exceeded'))
    expect(response.allowed).toBe(false)
    expect(response.status).toMatchInlineSnapshot(`
      {
        "code": 500,
        "details": {
          "causes": [
            {
              "message": "no-host-network: policy host-network could not be evaluated: it used up its fuel (budget-exceeded, failurePolicy Fail)",
              "reason": "budget-exceeded",
            },
          ],
        },
        "message": "no-host-network: policy host-network could not be evaluated: it used up its fuel (budget-exceeded, failurePolicy Fail)",
        "reason": "InternalError",
        "status": "Failure",
      }
    `)
    expect(response.auditAnnotations?.['failed']).toBe('no-host-network (budget-exceeded)')
  })

  test('a violation beside an error is a refusal by policy', () => {
    const response = respond(found({}, { message: 'x' }), failed({}, 'y', 'invalid-result'))
    expect(response.status).toMatchObject({ code: 403, reason: 'Forbidden' })
    expect(response.status?.message).toContain('invalid-result')
  })

  test('an error under Ignore is allowed, warned of and noted', () => {
    const response = respond(failed({ failurePolicy: 'Ignore' }, 'it trapped', 'evaluation-failed'))
    expect(response.allowed).toBe(true)
    expect(response.warnings).toEqual([
      'no-host-network: policy host-network could not be evaluated: it trapped (evaluation-failed, failurePolicy Ignore)',
    ])
    expect(response.auditAnnotations?.['failed']).toBe('no-host-network (evaluation-failed)')
  })

  test('an error of a binding that only audits shows in the audit log only', () => {
    const response = respond(failed({ validationActions: ['Audit'] }, 'x', 'evaluation-failed'))
    expect(response.warnings).toBeUndefined()
    expect(response.auditAnnotations?.['failed']).toBe('no-host-network (evaluation-failed)')
  })

  test('warns with the place, and writes what is only audited to the audit log', () => {
    const violation = { message: 'uses the network', path: ['spec', 'hostNetwork'] }
    const response = respond(
      found({ name: 'soft', validationActions: ['Warn'] }, violation),
      found({ name: 'quiet', validationActions: ['Audit'] }, violation),
    )
    expect(response.warnings).toEqual(['soft: uses the network (spec.hostNetwork)'])
    expect(response.auditAnnotations).toMatchObject({
      'warned-by': 'soft',
      'audited-by': 'quiet',
      'audit-violations': 'quiet: uses the network (spec.hostNetwork)',
    })
  })

  test('A4: 10,000 violations make an answer under 16 KiB that counts the rest', () => {
    const violations = Array.from({ length: 10_000 }, (_, index) => ({
      message: `container \`c${index}\` has no "limit"`,
      path: ['spec', 'containers', index, 'resources'],
    }))
    const response = respond(
      found({ name: 'limits', policy: limits }, ...violations),
      found({ name: 'soft', validationActions: ['Warn', 'Audit'] }, ...violations),
    )
    expect(response.status?.message).toMatch(/^10000 faults\nlimits: container `c0`/)
    expect(response.status?.message).toMatch(/\nand 99\d\d more$/)
    expect(response.warnings?.at(-1)).toMatch(/^and 99\d\d more warnings$/)
  })

  test('whatever a policy says, the API server takes the answer', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3_000 }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\u001b', '\u202e', '\ud800', '界') }),
      fc.constant('界'.repeat(5_000)),
      fc.constant('"'.repeat(5_000)),
    )
    const violation = fc.record({
      message: text,
      path: fc.array(fc.oneof(text, fc.nat(), fc.constantFrom('spec', 'labels')), { maxLength: 6 }),
    })
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            violations: fc.array(violation, { maxLength: 40 }),
            actions: fc.subarray(['Deny', 'Warn', 'Audit'] as const, { minLength: 1 }),
            failurePolicy: fc.constantFrom('Fail' as const, 'Ignore' as const),
            error: fc.option(text),
          }),
          { maxLength: 6 },
        ),
        (cases) => {
          const outcomes = cases.map(({ violations, actions, failurePolicy, error }, index) => {
            const overrides = { name: `b-${index}`, validationActions: actions, failurePolicy }
            return error === null
              ? found({ ...overrides, policy: limits }, ...violations)
              : failed(overrides, error, 'evaluation-failed')
          })
          const answer = JSON.stringify(toResponse(UID, decide(outcomes), CONTEXT))
          expect(verifyAnswer(answer, UID)).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('toRefusal', () => {
  test('denies with the code and one clean line', () => {
    const answer = toRefusal(UID, 400, 'request.kind\n is missing', CONTEXT)
    expect(verifyAnswer(JSON.stringify(answer), UID)).toEqual([])
    expect(answer.response).toMatchObject({
      uid: UID,
      allowed: false,
      status: { status: 'Failure', code: 400, reason: 'BadRequest' },
    })
  })
})

describe('fieldPath', () => {
  test.each([
    [['spec', 'containers', 0, 'image'], 'spec.containers[0].image'],
    [['metadata', 'labels', 'owner'], 'metadata.labels[owner]'],
    [['metadata', 'labels', 'owner/x'], 'metadata.labels[owner/x]'],
    [['metadata', 'annotations', 'a.b/c'], 'metadata.annotations[a.b/c]'],
    [
      ['spec', 'containers', 1, 'resources', 'limits', 'cpu'],
      'spec.containers[1].resources.limits[cpu]',
    ],
    [['spec', 'nodeSelector', 'a'], 'spec.nodeSelector[a]'],
    [['weird key', 'x'], '[weird key].x'],
    [['a', 'line\nbreak'], 'a[line break]'],
    [[0, 1], '[0][1]'],
    [[], ''],
  ] as const)('%j is %s', (path, text) => {
    expect(fieldPath(path)).toBe(text)
  })

  test('cuts a path without end', () => {
    expect(fieldPath(Array.from({ length: 100_000 }, () => 'k')).length).toBeLessThanOrEqual(512)
  })
})
