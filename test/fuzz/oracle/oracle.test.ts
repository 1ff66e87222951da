// Known answers: what the oracle is right about before it judges anybody else.
import { describe, expect, test } from 'vitest'
import { reviewBytes, podObject, UID, type WireObject } from '../../support/review.ts'
import { words } from '../generate/junk.ts'
import { NAMESPACES, RULES, type SettingName } from '../settings.ts'
import { compareDecimals, signOf } from './decimal.ts'
import { expectOf, type Expectation } from './expect.ts'
import { parseImage } from './image.ts'
import { parseQuantity } from './quantity.ts'
import { readJson } from './read-json.ts'

function expectationOf(request: WireObject, setting: SettingName = 'default'): Expectation {
  return expectOf(reviewBytes(request), RULES[setting], NAMESPACES)
}

/** Each binding that has something to say, with its fields. */
function faultsOf(request: WireObject, setting?: SettingName): Record<string, unknown> {
  const expected = expectationOf(request, setting)
  if (expected.kind !== 'decided') return { [expected.kind]: true }
  return Object.fromEntries(
    [...expected.verdicts].flatMap(([name, verdict]): [string, unknown][] => {
      if (verdict.kind === 'failed') return [[name, verdict.code]]
      const fields = verdict.kind === 'evaluated' ? [...verdict.fields] : []
      return fields.length === 0 ? [] : [[name, fields]]
    }),
  )
}

describe('quantities', () => {
  test.each([
    ['0.1', '100m'],
    ['1e3', '1k'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+1', '1'],
    ['1E', '1e18'],
    ['1Ei', '1152921504606846976'],
    ['8Ei', '9223372036854775807'],
    ['0.0000000001', '1n'],
    ['1.0000000001', '1.000000001'],
    ['-0.0000000001', '-1n'],
    ['1e-400', '1n'],
    [' 1 ', '1'],
    ['1E-3', '1m'],
    ['0', '-0'],
    ['1e400', `1${'0'.repeat(400)}`],
  ])('%j is %j', (a, b) => {
    const [left, right] = [parseQuantity(a), parseQuantity(b)]
    if (left === undefined || right === undefined) throw new Error('no quantity')
    expect(compareDecimals(left, right)).toBe(0)
  })

  test.each([
    ['1e2147483647', '1Ei'],
    ['1.000000001', '1'],
    ['1Ki', '1k'],
    ['-1', '-2'],
    ['9223372036854775808', '8Ei'],
    ['1n', '0'],
  ])('%j is more than %j', (a, b) => {
    const [left, right] = [parseQuantity(a), parseQuantity(b)]
    if (left === undefined || right === undefined) throw new Error('no quantity')
    expect(Math.sign(compareDecimals(left, right))).toBe(1)
    expect(Math.sign(compareDecimals(right, left))).toBe(-1)
  })

  test.each([
    '',
    '.',
    'm',
    '+',
    '1gb',
    '1e',
    '1e3.5',
    '1 Gi',
    '1K',
    '1ki',
    '1e2147483648',
    '１',
    '1\n',
  ])('%j is none', (text) => expect(parseQuantity(text)).toBeUndefined())

  test('zero has no sign', () => {
    expect(signOf(parseQuantity('-0m') ?? { units: 1n, exponent: 0 })).toBe(0)
  })
})

describe('images', () => {
  const digest = `sha256:${'0'.repeat(64)}`

  test.each([
    ['nginx', 'docker.io', 'library/nginx'],
    ['index.docker.io/nginx', 'docker.io', 'library/nginx'],
    ['team/app:1', 'docker.io', 'team/app'],
    ['registry.example.com', 'docker.io', 'library/registry.example.com'],
    ['registry.example.com:5000', 'docker.io', 'library/registry.example.com'],
    ['registry.example.com:5000/app', 'registry.example.com:5000', 'app'],
    ['REGISTRY.example.com/app', 'registry.example.com', 'app'],
    ['TEAM/app', 'team', 'app'],
    ['localhost/app', 'localhost', 'app'],
    ['[fd00::1]:5000/x', '[fd00::1]:5000', 'x'],
    [`a/b__c:1@${digest}`, 'docker.io', 'a/b__c'],
  ])('%j is at %s, %s', (text, host, path) => {
    expect(parseImage(text)).toEqual({ host, path, hasDigest: text.includes('@') })
  })

  test.each([
    ...words(`/ a//b a/../b registry.example.com./a registry.example.com@evil.io/a Nginx a/B a: a:-1 a@sha256:0 a___b
      r\u0435g.io/a \u212a8s.io/a http://x.io/a user:pw@x.io/a`),
    '',
    ' ',
    'a\n',
    'f'.repeat(64),
    `x.io/${'a'.repeat(256)}`,
    `a@md5:${'0'.repeat(32)}`,
    `a:${'t'.repeat(129)}`,
  ])('%j is none', (text) => expect(parseImage(text)).toBeUndefined())
})

describe('JSON', () => {
  const read = (text: string): ReturnType<typeof readJson> => readJson(Buffer.from(text))

  test.each([
    ...words(
      `{ {}} [1,] {"a":1,} {'a':1} {a:1} 01 +1 .5 5. 1e - NaN "\\x41" "\\u12" " nul True \ufeff{} {"a":} /**/1 {1:2}`,
    ),
    '',
    ' ',
    '{} {}',
    '"\t"',
    '{"a" 1}',
    '[1 2]',
    '\u00a01',
  ])('%j is none', (text) => expect(read(text)).toBeUndefined())

  test.each(['{}', '[]', '"opened"', ' null ', '-0.0E-0', '{"a":[{"b":[]},1,"\\u0041\\/"]}\r\n\t'])(
    '%j is read',
    (text) => expect(read(text)).toBeDefined(),
  )

  test('tells what is legal and ambiguous', () => {
    expect(read('{"a":1,"\\u0061":2}')).toMatchObject({ hasDuplicateKey: true })
    expect(read('{"a":{"a":{"__proto__":1}},"b":[{"a":1},{"a":1}]}')).toMatchObject({
      hasDuplicateKey: false,
      depth: 3,
    })
    expect(read('"\\ud800"')).toMatchObject({ hasLoneSurrogate: true })
    expect(read('"\\ud83d\\ude00"')).toMatchObject({ hasLoneSurrogate: false, tree: '\u{1f600}' })
    expect(read('"\\u0000"')).toMatchObject({ hasNul: true })
    expect(read('['.repeat(50_000) + ']'.repeat(50_000))).toMatchObject({ depth: 50_000 })
  })
})

describe('reviews', () => {
  test('what is no review is malformed; what cannot be judged is refused', () => {
    const expected = (request: WireObject, root?: WireObject): unknown =>
      expectOf(reviewBytes(request, root), RULES.default, NAMESPACES)
    expect(expected({}, { apiVersion: 'admission.k8s.io/v1beta1' })).toEqual({ kind: 'malformed' })
    expect(expected({ uid: '' })).toEqual({ kind: 'malformed' })
    expect(expected({}, { request: null })).toEqual({ kind: 'malformed' })
    expect(expected({ operation: 'PATCH' })).toEqual({ kind: 'refused', uid: UID })
    expect(expected({ object: 'x' })).toEqual({ kind: 'refused', uid: UID })
    expect(expected({ kind: { group: '', version: 'v1', kind: 'Job' } })).toEqual({
      kind: 'refused',
      uid: UID,
    })
    expect(expected({ userInfo: null })).toEqual({ kind: 'refused', uid: UID })
  })

  const bare = podObject({ containers: [{ name: 'app', image: 'nginx' }], hostNetwork: true })

  test('each policy judges where it is bound', () => {
    const limits = ['cpu', 'memory'].map((each) => `spec.containers[0].resources.limits[${each}]`)
    const network = { 'no-host-network': ['spec.hostNetwork'] }
    const request = { object: bare }
    expect(faultsOf({ ...request, namespace: 'kube-system' })).toEqual(network)
    expect(faultsOf({ ...request, namespace: 'default' })).toEqual({
      ...network,
      'container-limits': limits,
    })
    expect(faultsOf({ ...request, namespace: 'core-shop' })).toEqual({
      ...network,
      'container-limits': limits,
      'production-owner': ['metadata.labels[owner]'],
      'core-registries': ['spec.containers[0].image'],
    })
    expect(faultsOf({ ...request, namespace: 'nowhere' })).toMatchObject({
      'production-owner': 'unknown-namespace',
    })
    expect(faultsOf({ ...request, operation: 'DELETE', object: null, oldObject: bare })).toEqual({})
    expect(faultsOf({ ...request, subResource: 'exec' })).toEqual({})
  })

  test('an update may keep the host network, and let finalizers go', () => {
    const change = { ...bare, metadata: { name: 'app', labels: { a: 'b' } } }
    const upkeep = {
      ...bare,
      metadata: { ...(bare['metadata'] as WireObject), finalizers: ['x/y'] },
    }
    const update = { operation: 'UPDATE', namespace: 'default', object: bare }
    expect(Object.keys(faultsOf({ ...update, oldObject: change }))).toEqual(['container-limits'])
    expect(faultsOf({ ...update, oldObject: upkeep })).toEqual({})
    expect(Object.keys(faultsOf({ ...update, oldObject: null }))).toEqual([
      'no-host-network',
      'container-limits',
    ])
  })

  test('parameters count', () => {
    const object = podObject(
      {
        hostPID: true,
        containers: [
          {
            name: 'app',
            image: 'registry.example.com:5000/app:1',
            ports: [{ hostPort: 80 }],
            resources: { limits: { cpu: '2001m', memory: '1Gi' }, requests: { cpu: '1' } },
          },
          { name: 'pause', image: `registry.k8s.io/pause@sha256:${'0'.repeat(64)}` },
        ],
      },
      { labels: { owner: 'shop', 'example.com/cost-centre': 'cc-42' } },
    )
    expect(faultsOf({ namespace: 'core-shop', object }, 'parameters')).toEqual({
      'no-host-network': ['spec.hostPID', 'spec.containers[0].ports[0].hostPort'],
      'container-limits': [
        'spec.containers[0].resources.requests[memory]',
        'spec.containers[0].resources.limits[cpu]',
      ],
      'production-owner': ['metadata.labels[owner]'],
      'core-registries': ['spec.containers[0].image', 'spec.containers[1].image'],
    })
  })
})
