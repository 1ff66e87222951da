import { describe, expect, test } from 'vitest'
import { parseReview } from '../../src/admission/parse-review.ts'
import { readResources } from '../../src/kubernetes/read-resources.ts'
import { toReview } from '../../src/kubernetes/to-review.ts'
import { createSourceFile } from '../../src/source/source-file.ts'

/** The object as the webhook would see it. */
function complete(object: object): Record<string, unknown> {
  const { resources } = readResources(createSourceFile('a.json', JSON.stringify(object)))
  const [resource] = resources
  if (resource === undefined) throw new Error('no object')
  const { bytes, request } = toReview(resource, { operation: 'CREATE' })
  const review = JSON.parse(new TextDecoder().decode(bytes)) as { request: { object: object } }
  // What bindings match on is what the webhook would read.
  const parsed = parseReview(bytes)
  expect(parsed.kind === 'review' && parsed.review.request).toEqual(request)
  return review.request.object as Record<string, unknown>
}

const template = { metadata: { labels: { app: 'x', owner: 'team-shop' } } }

describe.each([
  ['v1', 'ReplicationController'],
  ['batch/v1', 'Job'],
])('a %s %s', (apiVersion, kind) => {
  const labelsOf = (metadata: object, spec: unknown = { template }): unknown =>
    (complete({ apiVersion, kind, metadata, spec })['metadata'] as { labels?: unknown }).labels

  test.each([{}, { labels: {} }, { labels: null }])(
    'with metadata %j has its template’s',
    (has) => {
      expect(labelsOf(has)).toEqual({ app: 'x', owner: 'team-shop' })
    },
  )

  test.each([{ labels: { a: 'b' } }, { labels: { a: null } }, { labels: 'x' }, { labels: ['x'] }])(
    'with metadata %j keeps them',
    (has) => {
      expect(labelsOf(has)).toEqual(has.labels)
    },
  )

  test.each([{}, null, 'x', { template: null }, { template: { metadata: { labels: {} } } }])(
    'whose spec is %j gets none',
    (spec) => {
      expect(labelsOf({}, spec)).toBeUndefined()
    },
  )
})

test('other workloads without labels get none', () => {
  const { metadata } = complete({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: { template },
  })
  expect(metadata).toEqual({ name: 'x', namespace: 'default' })
})

describe('a pod', () => {
  const requestsOf = (resources: unknown, kind = 'Pod'): unknown => {
    const containers = [{ name: 'a', resources }]
    const spec = { containers, initContainers: containers, ephemeralContainers: containers }
    const { spec: completed } = complete({ apiVersion: 'v1', kind, metadata: {}, spec })
    const lists = completed as Record<string, { resources: { requests?: unknown } }[]>
    expect(lists['initContainers']).toEqual(lists['containers'])
    expect(lists['ephemeralContainers']).toEqual(containers)
    return lists['containers']?.[0]?.resources.requests
  }

  test('requests what it limits and does not request', () => {
    const limits = { cpu: '1', memory: '1Gi', 'example.com/dongle': 2 }
    expect(requestsOf({ limits })).toEqual(limits)
    expect(requestsOf({ limits, requests: null })).toEqual(limits)
    expect(requestsOf({ limits, requests: { cpu: '100m', other: 1 } })).toEqual({
      cpu: '100m',
      other: 1,
      memory: '1Gi',
      'example.com/dongle': 2,
    })
  })

  test.each([{}, { limits: {} }, { limits: null }, { limits: 'x' }, { limits: ['x'] }])(
    'with %j requests nothing',
    (resources) => {
      expect(requestsOf(resources)).toBeUndefined()
    },
  )

  test('whose requests are no map keeps them', () => {
    expect(requestsOf({ limits: { cpu: 1 }, requests: 'x' })).toBe('x')
  })

  test('of a template requests what it says', () => {
    const { template: completed } = complete({
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: {},
      template: { spec: { containers: [{ resources: { limits: { cpu: 1 } } }] } },
    })
    expect(completed).toEqual({ spec: { containers: [{ resources: { limits: { cpu: 1 } } }] } })
  })
})
