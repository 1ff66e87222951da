import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LabelSelector, Match } from '../../src/bundle/match.ts'
import { matchGlob } from '../../src/policy/glob.ts'
import { matchSelector } from '../../src/policy/label-selector.ts'
import { matchBinding } from '../../src/policy/match.ts'
import type { AdmissionRequest, NamespaceAnswer } from '../../src/policy/review.ts'
import { cpuMs } from '../support/cpu-ms.ts'
import { testBinding, testPolicy } from '../support/bundle-parts.ts'
import { pod, podRequest } from './reviews.ts'

const ALL = ['pods', 'pods/*', 'apps/deployments', '*/scale', 'namespaces', 'nodes', 'apps/*']

function outcome(
  match: Match,
  request: Partial<AdmissionRequest> = {},
  answer: NamespaceAnswer = { kind: 'unknown' },
): string {
  const binding = testBinding({ ...testPolicy('p'), resources: ALL }, { match })
  const result = matchBinding(binding, podRequest(request), () => answer)
  switch (result.kind) {
    case 'matched':
      return 'matched'
    case 'skipped':
      return result.reason
    case 'failed':
      return result.error.code
  }
}

describe('resources', () => {
  const deployment = { resource: { group: 'apps', version: 'v1', resource: 'deployments' } }
  const rules = (resources: string[], apiGroups?: string[]): Match => ({
    resourceRules: [{ resources, ...(apiGroups === undefined ? {} : { apiGroups }) }],
  })

  test('a request that the policy does not understand is not for it', () => {
    expect(outcome({}, { resource: { group: '', version: 'v1', resource: 'secrets' } })).toBe(
      'resource',
    )
    expect(
      outcome({}, { resource: { group: 'metrics.k8s.io', version: 'v1', resource: 'pods' } }),
    ).toBe('resource')
  })

  test('only the core group’s Namespaces are cluster-scoped with a namespace', () => {
    const match: Match = { resourceRules: [{ resources: ['*'], scope: 'Namespaced' }] }
    const resource = { group: 'apps', version: 'v1', resource: 'namespaces' }
    expect(outcome(match, { resource })).toBe('matched')
    expect(outcome(match, { resource: { ...resource, group: '' } })).toBe('resource')
  })

  test('A8: a subresource matches only where the policy names it', () => {
    const binding = testBinding(testPolicy('p'))
    const reason = (subResource: string): unknown =>
      matchBinding(binding, podRequest({ subResource }), () => ({ kind: 'unknown' }))
    expect(reason('exec')).toEqual({ kind: 'skipped', reason: 'resource' })
    expect(reason('ephemeralcontainers')).toEqual({ kind: 'matched' })
  })

  test.each<[string, string[], string[] | undefined, Partial<AdmissionRequest>, string]>([
    ['pods are pods', ['pods'], undefined, {}, 'matched'],
    ['pods are not their subresources', ['pods'], undefined, { subResource: 'exec' }, 'resource'],
    ['`pods/*` is pods and what is below', ['pods/*'], undefined, {}, 'matched'],
    [
      '`pods/*` is pods and what is below',
      ['pods/*'],
      undefined,
      { subResource: 'exec' },
      'matched',
    ],
    ['`*` has no subresources', ['*'], undefined, { subResource: 'exec' }, 'resource'],
    ['`*` is of every group', ['*'], undefined, deployment, 'matched'],
    ['`*/*` is all', ['*/*'], undefined, { ...deployment, subResource: 'scale' }, 'matched'],
    [
      '`*/scale` is scale of all',
      ['*/scale'],
      undefined,
      { ...deployment, subResource: 'scale' },
      'matched',
    ],
    ['`*/scale` is nothing else', ['*/scale'], undefined, deployment, 'resource'],
    ['a name without its group is core’s', ['deployments'], undefined, deployment, 'resource'],
    ['a name with its group', ['apps/deployments'], undefined, deployment, 'matched'],
    ['a group beside', ['deployments'], ['apps'], deployment, 'matched'],
    ['another group beside', ['deployments'], ['batch', ''], deployment, 'resource'],
    ['any group beside', ['deployments'], ['*'], deployment, 'matched'],
    ['`apps/*` is the group', ['apps/*'], undefined, deployment, 'matched'],
  ])('%s (%j, groups %j)', (_, resources, groups, request, expected) => {
    expect(outcome(rules(resources, groups), request)).toBe(expected)
  })

  test('a rule may ask for versions, names and a scope', () => {
    const rule = { resources: ['*/*'] }
    const when = (extra: object, request: Partial<AdmissionRequest> = {}): string =>
      outcome({ resourceRules: [{ ...rule, ...extra }] }, request)
    expect(when({ apiVersions: ['v1'] })).toBe('matched')
    expect(when({ apiVersions: ['v2'] })).toBe('resource')
    expect(when({ resourceNames: ['app'] })).toBe('matched')
    expect(when({ resourceNames: ['app'] }, { name: '' })).toBe('resource')
    expect(when({ scope: 'Cluster' })).toBe('resource')
    const namespaces = { group: '', version: 'v1', resource: 'namespaces' }
    expect(when({ scope: 'Cluster' }, { resource: namespaces })).toBe('matched')
    expect(when({ scope: 'Namespaced' }, { resource: namespaces })).toBe('resource')
  })

  test('an exclusion wins over a rule, for every operation unless it says some', () => {
    const excluded: Match = {
      operations: ['DELETE', 'CREATE'],
      excludeResourceRules: [{ resources: ['pods'] }],
    }
    expect(outcome(excluded)).toBe('excluded')
    expect(outcome(excluded, { operation: 'DELETE', oldObject: {} })).toBe('excluded')
    const some: Match = { excludeResourceRules: [{ resources: ['pods'], operations: ['UPDATE'] }] }
    expect(outcome(some)).toBe('matched')
    expect(outcome(some, { operation: 'UPDATE' })).toBe('excluded')
  })
})

describe('operations', () => {
  test('are CREATE and UPDATE where nothing says otherwise', () => {
    expect(outcome({})).toBe('matched')
    expect(outcome({}, { operation: 'UPDATE' })).toBe('matched')
    expect(outcome({}, { operation: 'DELETE' })).toBe('operation')
    expect(outcome({}, { operation: 'CONNECT' })).toBe('operation')
  })

  test('of a rule are its own; those of the match hold beside them', () => {
    const rule = { resources: ['pods'], operations: ['DELETE'] as const }
    expect(outcome({ resourceRules: [rule] }, { operation: 'DELETE' })).toBe('matched')
    expect(outcome({ resourceRules: [rule] })).toBe('operation')
    expect(
      outcome({ operations: ['CREATE'], resourceRules: [rule] }, { operation: 'DELETE' }),
    ).toBe('operation')
    expect(
      outcome(
        { operations: ['DELETE'], resourceRules: [{ resources: ['pods'] }] },
        { operation: 'DELETE' },
      ),
    ).toBe('matched')
  })
})

describe('namespaces', () => {
  const cluster = { namespace: '', resource: { group: '', version: 'v1', resource: 'nodes' } }

  test('are told by globs', () => {
    expect(outcome({ namespaces: ['core-*', 'sh*p'] })).toBe('matched')
    expect(outcome({ namespaces: ['core-*'] })).toBe('namespace')
    expect(outcome({ excludedNamespaces: ['s*'] })).toBe('excluded')
    expect(outcome({ excludedNamespaces: ['shops'] })).toBe('matched')
  })

  test('A18: are those of the request, whatever the object says', () => {
    const object = { metadata: { namespace: 'kube-system' } }
    expect(outcome({ excludedNamespaces: ['kube-system'] }, { object })).toBe('matched')
  })

  test('of a cluster-scoped request: none is named, none is excluded, selectors hold', () => {
    expect(outcome({ namespaces: ['*'] }, cluster)).toBe('namespace')
    expect(outcome({ excludedNamespaces: ['*'] }, cluster)).toBe('matched')
    expect(outcome({ namespaceSelector: { matchLabels: { a: 'b' } } }, cluster)).toBe('matched')
  })
})

describe('a namespaceSelector', () => {
  const selector = { namespaceSelector: { matchLabels: { environment: 'production' } } }
  const found = (labels: Record<string, string>): NamespaceAnswer => ({
    kind: 'found',
    object: { metadata: { labels } },
  })

  test('looks at the Namespace', () => {
    expect(outcome(selector, {}, found({ environment: 'production' }))).toBe('matched')
    expect(outcome(selector, {}, found({ environment: 'test' }))).toBe('namespace-selector')
  })

  test('without a Namespace to look at is an error, not a miss', () => {
    expect(outcome(selector)).toBe('unknown-namespace')
    expect(outcome(selector, {}, { kind: 'skip' })).toBe('namespace-selector')
    expect(outcome(selector, {}, { kind: 'assume-match' })).toBe('matched')
  })

  test('asks nobody when it is empty, or when something else does not hold', () => {
    const asks = (match: Match): boolean => {
      let asked = false
      matchBinding(testBinding(testPolicy('p'), { match }), podRequest(), () => {
        asked = true
        return { kind: 'unknown' }
      })
      return asked
    }
    expect(asks(selector)).toBe(true)
    expect(asks({ namespaceSelector: {} })).toBe(false)
    expect(asks({ ...selector, users: ['root'] })).toBe(false)
    expect(asks({ ...selector, objectSelector: { matchLabels: { a: 'b' } } })).toBe(false)
    expect(asks({ ...selector, operations: ['DELETE'] })).toBe(false)
  })

  test('O14: of a Namespace looks at its new and its old labels: one that fits is enough', () => {
    const resource = { group: '', version: 'v1', resource: 'namespaces' }
    const production = { metadata: { labels: { environment: 'production' } } }
    const request = { resource, operation: 'UPDATE', name: 'shop' } as const
    expect(outcome(selector, { ...request, object: {}, oldObject: production })).toBe('matched')
    expect(outcome(selector, { ...request, object: production, oldObject: {} })).toBe('matched')
    expect(outcome(selector, { ...request, object: {}, oldObject: {} })).toBe('namespace-selector')
  })
})

describe('an objectSelector', () => {
  const match: Match = { objectSelector: { matchLabels: { app: 'shop' } } }

  test('fits by the object or the old object', () => {
    expect(outcome(match, { object: pod([], { app: 'shop' }) })).toBe('matched')
    expect(outcome(match, { object: pod([], {}) })).toBe('object-selector')
    expect(
      outcome(match, {
        operation: 'UPDATE',
        object: pod([], {}),
        oldObject: pod([], { app: 'shop' }),
      }),
    ).toBe('matched')
  })

  test('leaves nothing out that has no object, or no labels that can be read', () => {
    expect(outcome(match, { object: null })).toBe('matched')
    expect(outcome(match, { object: pod([], { app: 1 }) })).toBe('matched')
    expect(outcome(match, { object: pod([], ['app']) })).toBe('matched')
  })
})

describe('users and groups', () => {
  test('are told by globs; one group that fits is enough; both hold together', () => {
    expect(outcome({ users: ['system:*', 'j*e'] })).toBe('matched')
    expect(outcome({ users: ['system:*'] })).toBe('user')
    expect(outcome({ groups: ['dev*'] })).toBe('matched')
    expect(outcome({ groups: ['ops'] })).toBe('user')
    expect(outcome({ users: ['jane'], groups: ['ops'] })).toBe('user')
  })

  test('O18: who the object claims to be changes nothing', () => {
    const object = {
      userInfo: { username: 'root' },
      metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } },
    }
    expect(outcome({ users: ['root'] }, { object })).toBe('user')
    expect(outcome({}, { object })).toBe('matched')
  })
})

describe('a label selector', () => {
  const labelled = { metadata: { labels: { a: '1', empty: '' } } }
  const fits = (...matchExpressions: NonNullable<LabelSelector['matchExpressions']>): boolean =>
    matchSelector({ matchExpressions }, labelled)

  test('has the operators of Kubernetes', () => {
    expect(fits({ key: 'a', operator: 'In', values: ['0', '1'] })).toBe(true)
    expect(fits({ key: 'a', operator: 'In', values: ['0'] })).toBe(false)
    expect(fits({ key: 'b', operator: 'In', values: [''] })).toBe(false)
    expect(fits({ key: 'a', operator: 'NotIn', values: ['1'] })).toBe(false)
    expect(fits({ key: 'b', operator: 'NotIn', values: ['1'] })).toBe(true)
    expect(fits({ key: 'empty', operator: 'Exists' })).toBe(true)
    expect(fits({ key: 'b', operator: 'Exists' })).toBe(false)
    expect(fits({ key: 'b', operator: 'DoesNotExist' })).toBe(true)
    expect(
      fits({ key: 'a', operator: 'Exists' }, { key: 'a', operator: 'NotIn', values: ['1'] }),
    ).toBe(false)
  })

  test('sees own keys only', () => {
    for (const key of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(fits({ key, operator: 'Exists' })).toBe(false)
    }
    const object = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}')
    expect(matchSelector({ matchLabels: { app: 'x' } }, object)).toBe(false)
    expect(
      matchSelector({ matchExpressions: [{ key: '__proto__', operator: 'Exists' }] }, object),
    ).toBe(true)
    expect(
      matchSelector(
        { matchLabels: { app: 'x' } },
        Object.create({ metadata: { labels: { app: 'x' } } }),
      ),
    ).toBe(false)
  })
})

describe('a glob', () => {
  test('is what a regular expression would make of it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, (glob, tried) => {
        const pattern = glob.replaceAll('.', String.raw`\.`).replaceAll(/\*+/g, '[^]*')
        expect(matchGlob(glob, tried)).toBe(new RegExp(`^${pattern}$`).test(tried))
      }),
      { numRuns: 5000 },
    )
  })

  test('takes no longer for stars and repetition', () => {
    const started = cpuMs()
    expect(matchGlob(`${'a*'.repeat(1000)}b`, 'a'.repeat(100_000))).toBe(false)
    expect(cpuMs() - started).toBeLessThan(2_000)
  })
})
