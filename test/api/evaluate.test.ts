import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { evaluate, loadBundle, type LoadedBundle } from '../../src/index.ts'
import { POLICIES } from '../support/policies.ts'

const ARCHIVE = join(POLICIES, 'bundle.tgz')
const production = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { environment: 'production' } },
}
let bundle: LoadedBundle

beforeAll(async () => {
  bundle = await loadBundle(ARCHIVE)
})

function pod(spec: object = {}, metadata: object = {}): object {
  const limits = { cpu: '1', memory: '1Gi' }
  const containers = [{ name: 'a', image: 'registry.example.com/core/a', resources: { limits } }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'shop', labels: { owner: 'team-a' }, ...metadata },
    spec: { containers, ...spec },
  }
}

describe('loadBundle', () => {
  test('takes bytes as well as a path', async () => {
    const fromBytes = await loadBundle(readFileSync(ARCHIVE))
    expect(fromBytes).toEqual(bundle)
    expect(fromBytes.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  test('says all that is wrong with a bundle that it refuses', async () => {
    await expect(loadBundle(new Uint8Array(8))).rejects.toMatchObject({
      code: 'BUNDLE',
      faults: [{ code: 'bundle/unreadable', severity: 'error', message: expect.any(String) }],
    })
    await expect(loadBundle('/nonexistent/bundle.tgz')).rejects.toMatchObject({
      code: 'BUNDLE',
      message: 'cannot read `/nonexistent/bundle.tgz`: no such file',
      faults: [],
    })
  })
})

describe('evaluate', () => {
  test('allows what no policy finds fault with', () => {
    const decision = evaluate(bundle, { object: pod(), namespaceObject: production })
    expect(decision).toEqual({ allowed: true, violations: [], errors: [] })
  })

  test('says which binding found what, and where', () => {
    const object = pod({ hostNetwork: true })
    expect(evaluate(bundle, { object, namespaceObject: production })).toEqual({
      allowed: false,
      violations: [
        {
          binding: 'no-host-network',
          policy: 'host-network',
          action: 'Deny',
          message: expect.any(String),
          path: ['spec', 'hostNetwork'],
        },
      ],
      errors: [],
    })
  })

  test('ends in an error where a selector needs a Namespace that nobody gave', () => {
    const { allowed, errors } = evaluate(bundle, { object: pod() })
    expect(allowed).toBe(false)
    expect(errors).toMatchObject([{ code: 'unknown-namespace', denies: true }])
  })

  test('takes the namespace given in place of the object’s own', () => {
    const request = { object: pod(), namespaceObject: production, namespace: 'elsewhere' }
    expect(evaluate(bundle, request).errors).toMatchObject([{ code: 'unknown-namespace' }])
  })

  test('lets an update pass that takes off a finalizer of an object that is being deleted', () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z'
    const oldObject = pod({ hostNetwork: true }, { deletionTimestamp, finalizers: ['x/y'] })
    const object = pod({ hostNetwork: true }, { deletionTimestamp })
    const request = { object, namespaceObject: production }
    expect(evaluate(bundle, { ...request, operation: 'UPDATE', oldObject }).allowed).toBe(true)
    expect(evaluate(bundle, request).allowed).toBe(false)
  })

  test('judges by the user and by the operation', () => {
    const userInfo = { username: 'ann', groups: ['system:masters'] }
    const request = { object: pod({ hostNetwork: true }), namespaceObject: production }
    expect(evaluate(bundle, { ...request, userInfo }).allowed).toBe(false)
    expect(evaluate(bundle, { ...request, operation: 'DELETE' }).allowed).toBe(true)
  })

  test('changes nothing of what it is given', () => {
    const object = Object.freeze(pod())
    const before = JSON.stringify(object)
    evaluate(bundle, { object, namespace: 'other', namespaceObject: production })
    expect(JSON.stringify(object)).toBe(before)
  })

  test.each([
    ['no Kubernetes object', { object: { spec: {} } }],
    ['null', { object: null as never }],
    ['text', { object: 'kind: Pod' as never }],
    ['a function', { object: () => {} }],
    ['a circle', { object: circle() }],
    ['an integer that JSON cannot hold', { object: pod({ priority: 1n }) }],
    ['a list', { object: { apiVersion: 'v1', kind: 'List', items: [pod()] } }],
    ['an empty list', { object: { apiVersion: 'v1', kind: 'List', items: [] } }],
    ['an operation that is none', { object: pod(), operation: 'PATCH' as never }],
    ['an old object on a CREATE', { object: pod(), oldObject: pod() }],
    [
      'an old object of another kind',
      { object: pod(), operation: 'UPDATE', oldObject: production } as const,
    ],
    ['a namespace that is no name', { object: pod(), namespace: 7 as never }],
    ['a user that is none', { object: pod(), userInfo: { username: 7 as never } }],
    ['a Namespace that is none', { object: pod(), namespaceObject: pod() }],
  ])('throws for %s', (_, request) => {
    expect(() => evaluate(bundle, request)).toThrow(expect.objectContaining({ code: 'REQUEST' }))
  })

  test('throws for a bundle that was not loaded', () => {
    expect(() => evaluate({ ...bundle }, { object: pod() })).toThrow(/loadBundle/)
  })
})

function circle(): object {
  const object: Record<string, unknown> = { ...pod() }
  object['self'] = object
  return object
}
