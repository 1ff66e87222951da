import { describe, expect, test } from 'vitest'
import type { Match } from '../../src/bundle/match.ts'
import { mayMatch } from '../../src/policy/may-match.ts'
import { testBinding, testPolicy } from '../support/binding.ts'

const PODS = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }
const NAMESPACES = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}
const NODES = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false }

describe('a binding may match', () => {
  test.each<[string, Match, typeof PODS, boolean]>([
    ['what its policy understands', {}, PODS, true],
    ['not what its rules leave out', { resourceRules: [{ resources: ['nodes'] }] }, PODS, false],
    [
      'by its name only the object can tell',
      { resourceRules: [{ resources: ['pods'], resourceNames: ['a'] }] },
      PODS,
      true,
    ],
    ['not what is excluded', { excludeResourceRules: [{ resources: ['pods'] }] }, PODS, false],
    [
      'what is excluded by name',
      { excludeResourceRules: [{ resources: ['pods'], resourceNames: ['a'] }] },
      PODS,
      true,
    ],
    ['not on another operation', { operations: ['DELETE'] }, PODS, false],
    [
      'not in another version',
      { resourceRules: [{ resources: ['pods'], apiVersions: ['v2'] }] },
      PODS,
      false,
    ],
    ['in some namespace', { namespaces: ['core-*'] }, PODS, true],
    ['a Namespace by its name', { namespaces: ['core-*'] }, NAMESPACES, true],
    ['nothing that is in none', { namespaces: ['*'] }, NODES, false],
    ['of some user', { users: ['jane'], groups: ['x'] }, PODS, true],
    ['with some label', { objectSelector: { matchLabels: { a: 'b' } } }, PODS, true],
    [
      'in a Namespace with some label',
      { namespaceSelector: { matchLabels: { a: 'b' } } },
      PODS,
      true,
    ],
    [
      'not in another scope',
      { resourceRules: [{ resources: ['*'], scope: 'Cluster' }] },
      PODS,
      false,
    ],
  ])('%s', (_, match, resource, expected) => {
    const policy = testPolicy({ resources: ['*'] })
    expect(mayMatch(testBinding({ policy, match }), resource, 'CREATE')).toBe(expected)
  })

  test('not what its policy does not understand', () => {
    const policy = testPolicy({ resources: ['apps/deployments', 'pods/exec'] })
    expect(mayMatch(testBinding({ policy }), PODS, 'CREATE')).toBe(false)
  })
})
