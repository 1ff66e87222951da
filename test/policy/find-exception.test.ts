import { describe, expect, test } from 'vitest'
import type { Exception } from '../../src/bundle/bundle.ts'
import type { ExceptionMatch } from '../../src/bundle/match.ts'
import { findException } from '../../src/policy/find-exception.ts'
import type { AdmissionRequest } from '../../src/policy/review.ts'
import { testBinding, testPolicy } from '../support/bundle-parts.ts'
import { podRequest } from './reviews.ts'

const BINDING = testBinding(testPolicy('limits'))
const NOW = new Date('2026-06-01T12:00:00Z')

function exception(match: ExceptionMatch, rest: Partial<Exception> = {}): Exception {
  return {
    name: 'legacy',
    binding: BINDING.name,
    match,
    owner: 'team-cart',
    reason: 'it is being replaced',
    expires: '2026-12-31',
    ...rest,
  }
}

function excepts(each: Exception, request: Partial<AdmissionRequest> = {}, now = NOW): boolean {
  return findException([each], BINDING, podRequest(request), now) !== undefined
}

describe('an exception', () => {
  test('is from one binding', () => {
    expect(excepts(exception({ namespaces: ['shop'] }))).toBe(true)
    expect(excepts(exception({ namespaces: ['shop'] }, { binding: 'other' }))).toBe(false)
  })

  test('holds to the end of its last day in UTC', () => {
    const each = exception({ namespaces: ['shop'] })
    expect(excepts(each, {}, new Date('2026-12-31T23:59:59.999Z'))).toBe(true)
    expect(excepts(each, {}, new Date('2027-01-01T00:00:00Z'))).toBe(false)
  })

  test.each<[ExceptionMatch, Partial<AdmissionRequest>, boolean]>([
    [{ namespaces: ['sh*'] }, {}, true],
    [{ namespaces: ['old'] }, {}, false],
    [{ namespaces: ['*'] }, { namespace: '' }, false],
    [{ operations: ['CREATE'] }, {}, true],
    [{ operations: ['DELETE'] }, {}, false],
    [{ users: ['ja*'] }, {}, true],
    [{ users: ['joe'] }, {}, false],
    [{ groups: ['developers'] }, {}, true],
    [{ groups: ['admins'] }, {}, false],
    [{ resourceRules: [{ resources: ['pods'], resourceNames: ['app'] }] }, {}, true],
    [{ resourceRules: [{ resources: ['pods'] }] }, { operation: 'DELETE' }, true],
    [{ resourceRules: [{ resources: ['pods'], resourceNames: ['app'] }] }, { name: '' }, false],
    [{ resourceRules: [{ resources: ['apps/deployments'] }] }, {}, false],
    [{ namespaces: ['shop'], users: ['joe'] }, {}, false],
  ])('with %j and %j: %s', (match, request, expected) => {
    expect(excepts(exception(match), request)).toBe(expected)
  })
})
