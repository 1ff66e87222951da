// The law of what is derived: an API server asks about whatever a binding would judge. Asking about more costs time; asking about
// less opens the gate.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Binding, JsonObject } from '../../src/bundle/bundle.ts'
import type { LabelSelector, Match, Operation, ResourceRule } from '../../src/bundle/match.ts'
import { parseResourceName } from '../../src/bundle/resource-name.ts'
import { deriveMatchConditions } from '../../src/kubernetes/manifests/derive-match-conditions.ts'
import { deriveRules } from '../../src/kubernetes/manifests/derive-rules.ts'
import { matchBinding } from '../../src/policy/match.ts'
import type { AdmissionRequest } from '../../src/policy/review.ts'
import { isAsked } from '../support/asking-api-server.ts'
import { testBinding, testPolicy } from '../support/binding.ts'

/** What is served, in which versions and where; of `widgets` and `gadgets` nobody can know. */
const SERVED: Readonly<Record<string, { versions: readonly string[]; namespaced: boolean }>> = {
  pods: { versions: ['v1'], namespaced: true },
  'pods/exec': { versions: ['v1'], namespaced: true },
  'pods/resize': { versions: ['v1'], namespaced: true },
  namespaces: { versions: ['v1'], namespaced: false },
  'namespaces/finalize': { versions: ['v1'], namespaced: false },
  nodes: { versions: ['v1'], namespaced: false },
  'apps/deployments': { versions: ['v1', 'v1beta1'], namespaced: true },
  'apps/deployments/scale': { versions: ['v1', 'v1beta1'], namespaced: true },
  'autoscaling/horizontalpodautoscalers': { versions: ['v1', 'v2'], namespaced: true },
  'rbac.authorization.k8s.io/clusterroles': { versions: ['v1'], namespaced: false },
  'certificates.k8s.io/clustertrustbundles': { versions: ['v1beta1'], namespaced: false },
  'example.com/widgets': { versions: ['v1alpha1', 'v1'], namespaced: true },
  'example.com/widgets/status': { versions: ['v1alpha1', 'v1'], namespaced: true },
  'example.com/gadgets': { versions: ['v2'], namespaced: false },
}
const RESOURCES = Object.keys(SERVED)
const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']
const NAMESPACES = ['core', 'core-shop', 'kube-system', 'a', 'core.shop']
const USERS = [
  'jane',
  'jane\n',
  'system:node:a',
  'j.ne',
  "o'neil",
  'a\\d',
  '',
  'corporation\u{1f600}',
]
const GROUPS = ['devs', 'ops:eu', '(a|b)', '', 'x'.repeat(300)]
const LABELS = { env: 'prod' }

const some = <T>(items: readonly T[], max = 3) =>
  fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: max })
const globs = (names: readonly string[]) =>
  fc.array(
    fc.oneof(
      fc.constantFrom(
        ...names.filter((each) => each !== ''),
        '*',
        'core-*',
        '*-*',
        'j*e',
        '**',
        '^*$',
      ),
      // A part of a name between stars.
      fc
        .tuple(fc.constantFrom(...names), fc.nat(6), fc.nat(6), fc.boolean(), fc.boolean())
        .map(([name, from, length, before, after]) => {
          const part = name.slice(from, from + length)
          return `${before ? '*' : ''}${part}${after || part === '' ? '*' : ''}`
        }),
    ),
    { minLength: 1, maxLength: 3 },
  )
const selector: fc.Arbitrary<LabelSelector> = fc.constantFrom(
  { matchLabels: LABELS },
  { matchLabels: { env: 'dev' } },
  {},
)
const resourceRule: fc.Arbitrary<ResourceRule> = fc.record(
  {
    apiGroups: some(['', 'apps', 'example.com', '*']),
    apiVersions: some(['v1', 'v1beta1', 'v2', '*']),
    resources: some([
      'pods',
      'deployments',
      'widgets',
      '*',
      '*/*',
      'pods/*',
      '*/scale',
      'namespaces',
    ]),
    resourceNames: some(['app', 'core']),
    operations: some(OPERATIONS),
    scope: fc.constantFrom('Cluster', 'Namespaced', '*'),
  },
  { requiredKeys: ['resources'] },
)
/** Often not there: a binding with much to say matches little. */
const seldom = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const match = fc
  .record({
    resourceRules: seldom(fc.array(resourceRule, { minLength: 1, maxLength: 2 })),
    excludeResourceRules: seldom(fc.array(resourceRule, { minLength: 1, maxLength: 2 })),
    namespaces: fc.option(globs(NAMESPACES), { nil: undefined, freq: 2 }),
    excludedNamespaces: seldom(globs(NAMESPACES)),
    namespaceSelector: seldom(selector),
    objectSelector: seldom(selector),
    operations: seldom(some(OPERATIONS)),
    users: seldom(globs(USERS)),
    groups: seldom(globs(GROUPS)),
  })
  .map(
    (fields) =>
      Object.fromEntries(
        Object.entries(fields).filter(([, value]) => value !== undefined),
      ) as Match,
  )
const binding: fc.Arbitrary<Binding> = fc
  .tuple(some(RESOURCES, 5), match)
  .map(([resources, each]) => testBinding({ policy: testPolicy({ resources }), match: each }))

interface Asked {
  readonly request: AdmissionRequest
  readonly versions: readonly string[]
}
const asked: fc.Arbitrary<Asked> = fc
  .record({
    name: fc.constantFrom(...RESOURCES),
    version: fc.nat(1),
    operation: fc.constantFrom(...OPERATIONS),
    namespace: fc.constantFrom(...NAMESPACES),
    called: fc.constantFrom('app', 'core', ''),
    username: fc.oneof(fc.constantFrom(...USERS), fc.string({ unit: 'grapheme', maxLength: 5 })),
    groups: fc.array(fc.constantFrom(...GROUPS), { maxLength: 3 }),
    labels: fc.constantFrom({}, LABELS),
  })
  .map(({ name, version, operation, namespace, called, username, groups, labels }) => {
    const { group, resource, subresource } = parseResourceName(name)
    const { versions, namespaced } = SERVED[name] ?? { versions: [], namespaced: true }
    const object: JsonObject = { metadata: { name: called, labels } }
    const isNamespace = group === '' && resource === 'namespaces'
    return {
      versions,
      request: {
        uid: '',
        kind: { group, version: '', kind: '' },
        resource: { group, version: versions[version % versions.length] ?? '', resource },
        subResource: subresource,
        name: called,
        namespace: isNamespace ? called : namespaced ? namespace : '',
        operation,
        userInfo: { username, groups },
        object: operation === 'DELETE' ? null : object,
        oldObject: operation === 'CREATE' ? null : object,
        dryRun: false,
      },
    }
  })

function isJudged(each: Binding, { request, versions }: Asked): boolean {
  return versions.some((version) => {
    const converted = { ...request, resource: { ...request.resource, version } }
    const found = matchBinding(each, converted, () => ({ kind: 'unknown' }))
    return found.kind !== 'skipped'
  })
}

test('an API server asks about whatever a binding would judge', () => {
  const seen = { judged: 0, left: 0, narrowed: 0 }
  fc.assert(
    fc.property(
      fc.array(binding, { minLength: 1, maxLength: 3 }),
      fc.array(asked, { minLength: 1, maxLength: 20 }),
      (bindings, requests) => {
        const rules = deriveRules(bindings)
        const conditions = deriveMatchConditions(bindings)
        if (conditions.length > 0) seen.narrowed++
        for (const each of requests) {
          const isHeard = isAsked(rules, conditions, each.request, each.versions)
          if (!isHeard) seen.left++
          if (!bindings.some((one) => isJudged(one, each))) continue
          seen.judged++
          expect(isHeard).toBe(true)
        }
      },
    ),
    { numRuns: 3_000 },
  )
  // It has seen something of each.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
})

test('where every version that is known is excluded, any is asked about: there may be others', () => {
  const excluded = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }
  const policy = testPolicy({ resources: ['apps/deployments'] })
  const [rule] = deriveRules([testBinding({ policy, match: { excludeResourceRules: [excluded] } })])
  expect(rule).toMatchObject({ apiVersions: ['*'], resources: ['deployments'] })
  const all = { ...excluded, apiVersions: ['*'] }
  const none = testBinding({ policy, match: { excludeResourceRules: [all] } })
  expect(deriveRules([none])).toEqual([])
})

test('a request that no binding’s namespaces, users and groups let through is not asked about', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(globs(NAMESPACES), globs(['jane', 'system:node:a'])), {
        minLength: 1,
        maxLength: 3,
      }),
      asked,
      (pairs, each) => {
        const policy = testPolicy({ resources: RESOURCES })
        const bindings = pairs.map(([namespaces, users]) =>
          testBinding({ policy, match: { namespaces, users, operations: OPERATIONS } }),
        )
        const conditions = deriveMatchConditions(bindings)
        expect(conditions).toHaveLength(1)
        expect(isAsked(deriveRules(bindings), conditions, each.request, each.versions)).toBe(
          bindings.some((one) => isJudged(one, each)),
        )
      },
    ),
    { numRuns: 1_000 },
  )
})
