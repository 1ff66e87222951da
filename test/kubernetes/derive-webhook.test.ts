import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Match } from '../../src/bundle/match.ts'
import { deriveMatchConditions } from '../../src/kubernetes/manifests/derive-match-conditions.ts'
import { deriveRules } from '../../src/kubernetes/manifests/derive-rules.ts'
import { servedVersions } from '../../src/kubernetes/manifests/served-versions.ts'
import { testBinding, testPolicy } from '../support/binding.ts'
import { kubernetesSources } from '../support/kubernetes-module.ts'
import { defaultBundle } from '../support/webhook.ts'

const bind = (resources: readonly string[], match: Match = {}) =>
  testBinding({ policy: testPolicy({ resources }), match })

describe('rules', () => {
  test('of the default bundle are what its policies understand', async () => {
    const { bindings } = await defaultBundle()
    expect(deriveRules(bindings)).toEqual([
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: [
          'pods',
          'pods/ephemeralcontainers',
          'pods/resize',
          'podtemplates',
          'replicationcontrollers',
        ],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
      {
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
      {
        apiGroups: ['batch'],
        apiVersions: ['v1'],
        resources: ['cronjobs', 'jobs'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ])
  })

  test.each<[string, readonly string[], Match, object | undefined]>([
    [
      'other operations are those that the binding asks for',
      ['pods/exec'],
      { operations: ['CONNECT'] },
      { resources: ['pods/exec'], operations: ['CONNECT'] },
    ],
    [
      'what is in no namespace',
      ['nodes'],
      { operations: ['DELETE'] },
      { resources: ['nodes'], operations: ['DELETE'], scope: 'Cluster' },
    ],
    [
      'every version that is served',
      ['autoscaling/horizontalpodautoscalers'],
      {},
      { apiVersions: ['v1', 'v2'] },
    ],
    [
      'any version where nobody knows which there are, and any scope',
      ['example.com/widgets'],
      {},
      { apiVersions: ['*'], scope: '*' },
    ],
    [
      'a version that the binding names',
      ['example.com/widgets'],
      {
        resourceRules: [
          { resources: ['example.com/widgets'], apiVersions: ['v1beta1'], scope: 'Namespaced' },
        ],
      },
      { apiVersions: ['v1beta1'], scope: 'Namespaced' },
    ],
    [
      'a version that is served no more',
      ['batch/cronjobs'],
      { resourceRules: [{ resources: ['batch/cronjobs'], apiVersions: ['v1beta1'] }] },
      { apiVersions: ['v1beta1'] },
    ],
    [
      'what resourceRules narrow',
      ['pods', 'apps/deployments'],
      { resourceRules: [{ resources: ['pods'] }] },
      { resources: ['pods'] },
    ],
    [
      'what excludeResourceRules leave',
      ['pods', 'pods/resize'],
      { excludeResourceRules: [{ resources: ['pods'] }] },
      { resources: ['pods/resize'] },
    ],
    [
      'what is left out by name only',
      ['pods'],
      { excludeResourceRules: [{ resources: ['pods'], resourceNames: ['a'] }] },
      { resources: ['pods'] },
    ],
    [
      'nothing in a scope where it is not',
      ['pods'],
      { resourceRules: [{ resources: ['pods'], scope: 'Cluster' }] },
      undefined,
    ],
    ['nothing of a cluster in namespaces', ['nodes'], { namespaces: ['*'] }, undefined],
    [
      'a Namespace, which is in its own',
      ['namespaces'],
      { namespaces: ['core-*'] },
      { scope: 'Cluster' },
    ],
  ])('%s', (_, resources, match, expected) => {
    const rules = deriveRules([bind(resources, match)])
    if (expected === undefined) expect(rules).toEqual([])
    else expect(rules).toMatchObject([expected])
  })

  test('of several bindings are one where that says the same', () => {
    const rules = deriveRules([
      bind(['pods'], { operations: ['DELETE'] }),
      bind(['pods', 'services', 'apps/deployments']),
      bind(['services'], { operations: ['UPDATE', 'DELETE'] }),
    ])
    const common = { apiVersions: ['v1'], scope: 'Namespaced' }
    expect(rules).toEqual([
      {
        ...common,
        apiGroups: [''],
        resources: ['pods', 'services'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
      },
      {
        ...common,
        apiGroups: ['apps'],
        resources: ['deployments'],
        operations: ['CREATE', 'UPDATE'],
      },
    ])
  })
})

describe('match conditions', () => {
  const conditionOf = (...matches: readonly Match[]): string | undefined =>
    deriveMatchConditions(matches.map((match) => bind(['pods'], match)))[0]?.expression

  test.each<[string, readonly Match[], string | undefined]>([
    ['none where one binding is about everything', [{ namespaces: ['core-*'] }, {}], undefined],
    [
      'none for what rules and selectors say',
      [{ operations: ['CREATE'], objectSelector: {} }],
      undefined,
    ],
    [
      'namespaces of all bindings at once',
      [{ namespaces: ['core-*'] }, { namespaces: ['shop', 'core-*'] }],
      "has(request.namespace) && request.namespace.matches('^(?s:core-.*|shop)$')",
    ],
    [
      'what is in no namespace is in none that is left out',
      [{ excludedNamespaces: ['kube-*'] }],
      "!(has(request.namespace) && request.namespace.matches('^(?s:kube-.*)$'))",
    ],
    [
      'users and groups, to the letter',
      [{ users: ["o'neil@example.com"], groups: ['ops\\eu:**'] }],
      "has(request.userInfo.username) && request.userInfo.username.matches('^(?s:o\\'neil@example\\\\.com)$') && " +
        "has(request.userInfo.groups) && request.userInfo.groups.exists(group, group.matches('^(?s:ops\\\\\\\\eu:.*)$'))",
    ],
    [
      'one that holds is enough',
      [{ namespaces: ['a'] }, { users: ['b'] }],
      "(has(request.namespace) && request.namespace.matches('^(?s:a)$')) ||\n" +
        "(has(request.userInfo.username) && request.userInfo.username.matches('^(?s:b)$'))",
    ],
    ['none for users of whom every one is meant', [{ users: ['jane', '*'] }], undefined],
    ['none where a character is in doubt', [{ users: ['a\ud800'] }], undefined],
    ['none where bytes that are no UTF-8 could be meant', [{ users: ['a\ufffd'] }], undefined],
    [
      'none that would cost too much',
      [{ groups: Array.from({ length: 30 }, (_, i) => `oidc:team-number-${i}`) }],
      undefined,
    ],
    [
      'none that would be too long',
      [{ namespaces: Array.from({ length: 999 }, (_, i) => `team-number-${i}`) }],
      undefined,
    ],
  ])('%s', (_, matches, expected) => {
    expect(conditionOf(...matches)).toBe(expected)
  })
})

const sources = kubernetesSources('versions of resources against Kubernetes’ own list')

test.skipIf(sources === undefined)(
  'versions that rules name are all that is served, and stable',
  () => {
    const path = join(sources ?? '', 'api/discovery/aggregated_v2.json')
    const { items } = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly items: readonly {
        readonly metadata: { readonly name: string }
        readonly versions: readonly {
          readonly version: string
          readonly resources: readonly { readonly resource: string }[]
        }[]
      }[]
    }
    let settled = 0
    for (const { metadata, versions } of items) {
      const names = versions.flatMap(({ resources }) => resources.map(({ resource }) => resource))
      for (const resource of new Set(names)) {
        const ours = servedVersions({ group: metadata.name, resource })
        if (ours.includes('*')) continue
        settled++
        const theirs = versions.filter(({ resources }) =>
          resources.some((each) => each.resource === resource),
        )
        expect([resource, ...ours]).toEqual([
          resource,
          ...theirs.map(({ version }) => version).toSorted(),
        ])
        expect(ours.join()).toMatch(/^v\d+(,v\d+)*$/)
      }
    }
    expect(settled).toBeGreaterThan(35)
  },
)
