// Rows O1–O17 of the faults an object can bring, each as a review over HTTPS to the webhook with the default bundle.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { podObject, reviewBytes, UID, type WireObject } from '../support/review.ts'
import { verifyAnswer } from '../support/verify-answer.ts'
import { startWebhook, type Webhook } from '../support/webhook.ts'

let webhook: Webhook

beforeAll(async () => {
  // What is decided here must not hang on how busy the machine is.
  webhook = await startWebhook({ config: { limits: { deadlineMs: 60_000 } } })
})
afterAll(() => webhook.stop())

interface Verdict {
  readonly allowed: boolean
  /** The place of each fault, as Kubernetes writes it. */
  readonly fields: readonly string[]
  readonly message: string
}

async function judge(request: WireObject): Promise<Verdict> {
  const answer = await webhook.post(reviewBytes(request))
  expect(answer.code).toBe(200)
  expect(verifyAnswer(answer.body, UID)).toEqual([])
  const { allowed, status } = (JSON.parse(answer.body) as AdmissionAnswer).response
  return {
    allowed,
    fields: (status?.details?.causes ?? [])
      .map((cause) => cause.field ?? '')
      .toSorted((a, b) => (a < b ? -1 : 1)),
    message: status?.message ?? '',
  }
}

const CORE = { namespace: 'core-shop' }
const limits = { cpu: '100m', memory: '64Mi' }
const trusted = 'registry.example.com/core/app:1.0'

function container(overrides: WireObject = {}): WireObject {
  return { name: 'app', image: trusted, resources: { limits }, ...overrides }
}

function podIn(namespace: string, spec: WireObject): WireObject {
  return { namespace, object: podObject(spec, { namespace }) }
}

describe('O1: an image from elsewhere', () => {
  test('through pods/ephemeralcontainers', async () => {
    const debug = { name: 'debug', image: 'evil.example.com/sh', targetContainerName: 'app' }
    const before = podObject({}, CORE)
    const verdict = await judge({
      ...CORE,
      subResource: 'ephemeralcontainers',
      requestSubResource: 'ephemeralcontainers',
      operation: 'UPDATE',
      oldObject: before,
      object: podObject({ ephemeralContainers: [debug] }, CORE),
    })
    expect(verdict).toMatchObject({ allowed: false, fields: ['spec.ephemeralContainers[0].image'] })
  })

  test.each([
    ['initContainers[0].image', { initContainers: [container({ image: 'busybox' })] }],
    ['volumes[0].image.reference', { volumes: [{ name: 'v', image: { reference: 'busybox' } }] }],
  ])('at %s', async (field, spec) => {
    expect(await judge(podIn('core-shop', spec))).toMatchObject({
      allowed: false,
      fields: [`spec.${field}`],
    })
  })
})

describe('O2: containers without limits', () => {
  test.each([
    ['a container', { containers: [container({ resources: {} })] }, 'containers'],
    ['an init container', { initContainers: [container({ resources: {} })] }, 'initContainers'],
    [
      'a sidecar',
      { initContainers: [container({ resources: {}, restartPolicy: 'Always' })] },
      'initContainers',
    ],
    ['one without resources', { containers: [{ name: 'app', image: trusted }] }, 'containers'],
  ])('%s is denied for each resource', async (_name, spec, list) => {
    const verdict = await judge(podIn('default', spec))
    expect(verdict.allowed).toBe(false)
    expect(verdict.fields).toEqual([
      `spec.${list}[0].resources.limits[cpu]`,
      `spec.${list}[0].resources.limits[memory]`,
    ])
  })

  test.each(['cpu', 'memory'])('one that lacks %s alone is denied for it', async (resource) => {
    const partial = Object.fromEntries(Object.entries(limits).filter(([key]) => key !== resource))
    const spec = { containers: [container({ resources: { limits: partial } })] }
    expect(await judge(podIn('default', spec))).toMatchObject({
      allowed: false,
      fields: [`spec.containers[0].resources.limits[${resource}]`],
    })
  })

  test('an ephemeral container cannot have any', async () => {
    const verdict = await judge({
      subResource: 'ephemeralcontainers',
      operation: 'UPDATE',
      oldObject: podObject(),
      object: podObject({ ephemeralContainers: [{ name: 'debug', image: trusted }] }),
    })
    expect(verdict.allowed).toBe(true)
  })

  test('taken away by a resize is denied', async () => {
    const verdict = await judge({
      subResource: 'resize',
      operation: 'UPDATE',
      oldObject: podObject(),
      object: podObject({ containers: [container({ resources: { limits: { cpu: '1' } } })] }),
    })
    expect(verdict).toMatchObject({
      allowed: false,
      fields: ['spec.containers[0].resources.limits[memory]'],
    })
  })
})

test.each(['0', '0m', 0, '-1', '', null, {}, [], true, '1 Gi', '1gi', '0x10', 'NaN', '1e', '--1'])(
  'O4: the limit %j is denied',
  async (cpu) => {
    const spec = { containers: [container({ resources: { limits: { ...limits, cpu } } })] }
    expect(await judge(podIn('default', spec))).toMatchObject({
      allowed: false,
      fields: ['spec.containers[0].resources.limits[cpu]'],
    })
  },
)

test.each(['1e3', '.5', '5.', '+1', '1Ei', 1, 0.5, '9999999999999E', '100m', '1n', '0.0000000001'])(
  'O5: the limit %j is a quantity above zero, as it is to the API server',
  async (cpu) => {
    const spec = { containers: [container({ resources: { limits: { ...limits, cpu } } })] }
    expect(await judge(podIn('default', spec))).toMatchObject({ allowed: true })
  },
)

const HEX = 'a'.repeat(64)

test.each([
  'registry.example.com.evil.io/core/x',
  'registry.example.com@evil/core/x',
  'xregistry.example.com/core/x',
  'registry.example.com:5000/core/x',
  'evil.io/registry.example.com/core/x',
  'registry.example.com./core/x',
  'registry.example.com/corex/x',
  'registry.example.com',
  'registry.example.com:1.0',
  'registry.example.com/other/x',
  'registry.example.com/core/../other/x',
  'https://registry.example.com/core/x',
])('O6: the image %s is denied', async (image) => {
  expect(await judge(podIn('core-shop', { containers: [container({ image })] }))).toMatchObject({
    allowed: false,
    fields: ['spec.containers[0].image'],
  })
})

test.each([
  'REGISTRY.example.com/core/x',
  `${trusted}@sha256:${HEX}`,
  'registry.example.com/core/a/b',
])('O6: the image %s is the registry’s own', async (image) => {
  expect(await judge(podIn('core-shop', { containers: [container({ image })] }))).toMatchObject({
    allowed: true,
  })
})

test.each([
  '',
  ' x',
  `registry.example.com/core/${'x'.repeat(10_240)}`,
  'rеgistry.example.com/core/x',
  'registry.example.com/core/x\u200b',
  'a/b',
  `a/b:1@sha256:${HEX}`,
  HEX,
  undefined,
  null,
  7,
])('O8: the image %j is denied', async (image) => {
  const verdict = await judge(podIn('core-shop', { containers: [container({ image })] }))
  expect(verdict).toMatchObject({ allowed: false, fields: ['spec.containers[0].image'] })
})

const podSpec = { containers: [container()] }
const WORKLOADS: readonly (readonly [
  group: string,
  version: string,
  kind: string,
  resource: string,
  path: string,
])[] = [
  ['', 'v1', 'Pod', 'pods', 'spec'],
  ['', 'v1', 'PodTemplate', 'podtemplates', 'template.spec'],
  ['', 'v1', 'ReplicationController', 'replicationcontrollers', 'spec.template.spec'],
  ['apps', 'v1', 'ReplicaSet', 'replicasets', 'spec.template.spec'],
  ['apps', 'v1', 'Deployment', 'deployments', 'spec.template.spec'],
  ['apps', 'v1', 'StatefulSet', 'statefulsets', 'spec.template.spec'],
  ['apps', 'v1', 'DaemonSet', 'daemonsets', 'spec.template.spec'],
  ['batch', 'v1', 'Job', 'jobs', 'spec.template.spec'],
  ['batch', 'v1', 'CronJob', 'cronjobs', 'spec.jobTemplate.spec.template.spec'],
]

function workload(row: (typeof WORKLOADS)[number], spec: WireObject): WireObject {
  const [group, version, kind, resource, path] = row
  let content: WireObject = spec
  for (const key of path.split('.').toReversed()) content = { [key]: content }
  const apiVersion = group === '' ? version : `${group}/${version}`
  return {
    kind: { group, version, kind },
    resource: { group, version, resource },
    object: { apiVersion, kind, metadata: { name: 'app', namespace: 'default' }, ...content },
  }
}

describe.each(WORKLOADS)('O10: hostNetwork in %s/%s %s', (...row) => {
  test.each([true, 'true', 1, {}, []])('%j is denied at its place', async (hostNetwork) => {
    expect(await judge(workload(row, { ...podSpec, hostNetwork }))).toMatchObject({
      allowed: false,
      fields: [`${row[4]}.hostNetwork`],
    })
  })

  test.each([false, null, undefined])('%j is allowed', async (hostNetwork) => {
    expect(await judge(workload(row, { ...podSpec, hostNetwork }))).toMatchObject({ allowed: true })
  })
})

describe('O12: an object that is being deleted', () => {
  const metadata = {
    namespace: 'core-shop',
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['example.com/hold'],
  }
  const bad = { hostNetwork: true, containers: [container({ image: 'busybox', resources: {} })] }

  test('may not change its image', async () => {
    const verdict = await judge({
      ...CORE,
      operation: 'UPDATE',
      oldObject: podObject({}, metadata),
      object: podObject({ containers: [container({ image: 'busybox' })] }, metadata),
    })
    expect(verdict).toMatchObject({ allowed: false, fields: ['spec.containers[0].image'] })
  })

  test('may lose its finalizers, however bad it is', async () => {
    const verdict = await judge({
      ...CORE,
      operation: 'UPDATE',
      oldObject: podObject(bad, metadata),
      object: podObject(bad, { ...metadata, finalizers: [] }),
    })
    expect(verdict).toMatchObject({ allowed: true })
  })

  test('may not lose its finalizers and change its image at once', async () => {
    const verdict = await judge({
      ...CORE,
      operation: 'UPDATE',
      oldObject: podObject({}, metadata),
      object: podObject(
        { containers: [container({ image: 'busybox' })] },
        { ...metadata, finalizers: [] },
      ),
    })
    expect(verdict).toMatchObject({ allowed: false })
  })
})

describe('O13: the owner label in production', () => {
  const owned = (owner: unknown): WireObject => ({
    namespace: 'shop',
    object: podObject({}, { namespace: 'shop', labels: { owner } }),
  })

  test.each(['', ' ', '\u200b', 'x'.repeat(300), 7, null, {}, true])(
    '%j is denied',
    async (owner) => {
      expect(await judge(owned(owner))).toMatchObject({
        allowed: false,
        fields: ['metadata.labels[owner]'],
      })
    },
  )

  test('is allowed where it is given, and not asked for elsewhere', async () => {
    expect(await judge(owned('team-shop'))).toMatchObject({ allowed: true })
    expect(await judge({})).toMatchObject({ allowed: true })
  })

  test('may not be taken away by an UPDATE', async () => {
    const verdict = await judge({
      ...owned('team-shop'),
      operation: 'UPDATE',
      oldObject: podObject({}, { namespace: 'shop', labels: { owner: 'team-shop' } }),
      object: podObject({}, { namespace: 'shop', labels: {} }),
    })
    expect(verdict).toMatchObject({ allowed: false, fields: ['metadata.labels[owner]'] })
  })
})

test('O14: a label that a namespace or an object gives itself exempts it from nothing', async () => {
  const labels = { 'portcullis.dev/ignore': 'true', 'admission.gatekeeper.sh/ignore': 'true' }
  const verdict = await judge({ object: podObject({ hostNetwork: true }, { labels }) })
  expect(verdict).toMatchObject({ allowed: false })
})

test('O15: an object that has only a generateName is judged alike, and named by it', async () => {
  const object = podObject({ hostNetwork: true }, { name: undefined, generateName: 'web-' })
  expect(await judge({ name: '', object })).toMatchObject({
    allowed: false,
    fields: ['spec.hostNetwork'],
  })
})

describe('O16: containers that are no list of containers', () => {
  test.each([[null], [{}], ['x'], [undefined], [[7]], [[null]], [7]])(
    '%j is denied',
    async (containers) => {
      expect(await judge(podIn('default', { containers }))).toMatchObject({ allowed: false })
    },
  )

  test('10,000 bad ones are denied in bounded time', async () => {
    const containers = Array.from({ length: 10_000 }, (_, i) => ({ name: `c${i}`, image: 'x' }))
    const verdict = await judge(podIn('core-shop', { containers }))
    expect(verdict.allowed).toBe(false)
  })
})

describe('O17: very many lists and maps', () => {
  test('3 MB of empty maps are denied, for an object that no policy judges too', async () => {
    const junk = Array.from({ length: 1_000_000 }, () => ({}))
    const kind = { group: 'example.com', version: 'v1', kind: 'Junk' }
    const resource = { group: 'example.com', version: 'v1', resource: 'junks' }
    const object = { apiVersion: 'example.com/v1', kind: 'Junk', spec: { junk } }
    for (const request of [{ kind, resource, object }, { object: podObject({ junk }) }]) {
      const verdict = await judge(request)
      expect(verdict.allowed).toBe(false)
      expect(verdict.message).toContain('more than 750000 lists and objects')
    }
    expect((await judge({})).allowed).toBe(true)
  })

  test('7 MB of managed fields, as many as the API server may send, are decided', async () => {
    const fields = Array.from({ length: 60_000 }, (_, i): [string, unknown] => [
      `k:{"name":"V${i}"}`,
      { '.': {}, 'f:name': {}, 'f:value': {} },
    ])
    const managedFields = [{ manager: 'm', fieldsV1: Object.fromEntries(fields) }]
    const crowded = (spec: WireObject): WireObject => ({
      operation: 'UPDATE',
      oldObject: podObject({}, { managedFields }),
      object: podObject(spec, { managedFields }),
    })
    expect((await judge(crowded({}))).allowed).toBe(true)
    expect(await judge(crowded({ hostNetwork: true }))).toMatchObject({
      allowed: false,
      fields: ['spec.hostNetwork'],
    })
  })
})

test.each([
  [
    'deployments/scale',
    { group: 'apps', resource: 'deployments' },
    'scale',
    { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  ],
  [
    'pods/binding',
    { group: '', resource: 'pods' },
    'binding',
    { group: '', version: 'v1', kind: 'Binding' },
  ],
  [
    'pods/eviction',
    { group: '', resource: 'pods' },
    'eviction',
    { group: 'policy', version: 'v1', kind: 'Eviction' },
  ],
  [
    'pods/status',
    { group: '', resource: 'pods' },
    'status',
    { group: '', version: 'v1', kind: 'Pod' },
  ],
])('A8: policies on pods say nothing of %s', async (_name, resource, subResource, kind) => {
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
  const verdict = await judge({
    kind,
    resource: { ...resource, version: 'v1' },
    subResource,
    object: { apiVersion, kind: kind.kind, metadata: { name: 'app' } },
  })
  expect(verdict).toMatchObject({ allowed: true })
})
