import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseReview } from '../../src/admission/parse-review.ts'
import type { Operation } from '../../src/bundle/match.ts'
import { readResources } from '../../src/kubernetes/read-resources.ts'
import type { Resource } from '../../src/kubernetes/resource.ts'
import { type ReviewOptions, toReview } from '../../src/kubernetes/to-review.ts'
import { createSourceFile } from '../../src/source/source-file.ts'

function resource(text: string): Resource {
  const { resources, diagnostics } = readResources(createSourceFile('a.yaml', text))
  expect(diagnostics).toEqual([])
  const [first] = resources
  if (first === undefined) throw new Error('the sample holds no object')
  return first
}

const textOf = (text: string, options: ReviewOptions = { operation: 'CREATE' }): string =>
  new TextDecoder().decode(toReview(resource(text), options).bytes)

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n'

describe('toReview', () => {
  it('writes what the API server would send', () => {
    expect(
      JSON.parse(
        textOf('apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n'),
      ),
    ).toEqual({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
        kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
        resource: { group: 'apps', version: 'v1', resource: 'deployments' },
        requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
        requestResource: { group: 'apps', version: 'v1', resource: 'deployments' },
        name: 'web',
        namespace: 'shop',
        operation: 'CREATE',
        userInfo: { username: 'portcullis:check', groups: ['system:authenticated'] },
        object: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web', namespace: 'shop' },
        },
        oldObject: null,
        dryRun: false,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      },
    })
  })

  it('keeps numbers as they are', () => {
    const text = textOf(
      'apiVersion: v1\nkind: X\nspec: {a: 9007199254740993, b: 1.10, c: 1e3, d: 0o17}\n',
    )
    expect(text).toContain('"spec":{"a":9007199254740993,"b":1.1,"c":1000,"d":15}')
  })

  it.each([
    ['its own', 'metadata: {name: a, namespace: shop}', undefined, 'Pod', 'shop'],
    ['`default` where it has none', 'metadata: {name: a}', undefined, 'Pod', 'default'],
    ['the one that is asked for', 'metadata: {name: a, namespace: shop}', 'other', 'Pod', 'other'],
    [
      'none where it is cluster-scoped',
      'metadata: {name: a, namespace: shop}',
      'other',
      'Node',
      undefined,
    ],
    ['itself where it is one', 'metadata: {name: a}', 'other', 'Namespace', 'a'],
    ['`default` where it has no metadata', 'spec: {}', undefined, 'Pod', 'default'],
    ['`default` for an unknown kind', 'metadata:', undefined, 'Widget', 'default'],
  ])('gives an object %s as namespace', (_, rest, override, kind, expected) => {
    const options = {
      operation: 'CREATE',
      ...(override === undefined ? {} : { namespace: override }),
    } as const
    const { request } = JSON.parse(textOf(`apiVersion: v1\nkind: ${kind}\n${rest}\n`, options)) as {
      request: { namespace?: string; object: { metadata?: { namespace?: string } } }
    }
    expect(request.namespace).toBe(expected)
    expect(request.object.metadata?.namespace).toBe(kind === 'Namespace' ? undefined : expected)
  })

  it('names the subresource and the user that it is asked for', () => {
    const userInfo = { username: 'alice', groups: ['dev'] }
    const { request } = JSON.parse(
      textOf(POD, { operation: 'UPDATE', subResource: 'status', userInfo }),
    ) as { request: Record<string, unknown> }
    expect(request).toMatchObject({
      subResource: 'status',
      requestSubResource: 'status',
      userInfo,
    })
  })

  it('leaves the name empty where it is to be made', () => {
    const { request } = toReview(
      resource('apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-}\n'),
      {
        operation: 'CREATE',
      },
    )
    expect(request.name).toBe('')
  })

  it('puts the object where the operation has it', () => {
    const has = (operation: Operation, oldObject?: Resource): string => {
      const { request } = toReview(resource(POD), {
        operation,
        ...(oldObject === undefined ? {} : { oldObject }),
      })
      return `${request.object === null ? '-' : 'object'} ${request.oldObject === null ? '-' : 'old'}`
    }
    expect(has('CREATE')).toBe('object -')
    expect(has('UPDATE')).toBe('object -')
    expect(has('UPDATE', resource(POD))).toBe('object old')
    expect(has('DELETE')).toBe('- old')
    expect(has('CONNECT')).toBe('object -')
  })

  it('tells requests apart by uid, and the same ones never', () => {
    const uid = (text: string, operation: Operation = 'CREATE'): string =>
      toReview(resource(text), { operation }).request.uid
    expect(uid(POD)).toBe(uid(POD))
    expect(new Set([uid(POD), uid(POD, 'UPDATE'), uid(POD.replace('web', 'api'))]).size).toBe(3)
  })

  it('C2: is read by the webhook as the very request that the command line judges', () => {
    const json = fc
      .jsonValue({ maxDepth: 3, noUnicodeString: false })
      .filter((value) => !JSON.stringify(value).includes('\\u0000'))
      // As it is written: JSON.stringify knows no -0.
      .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
    const kind = fc.constantFrom('Pod', 'Namespace', 'Node', 'Widget', 'Deployment')
    const operation = fc.constantFrom<Operation>('CREATE', 'UPDATE', 'DELETE', 'CONNECT')
    fc.assert(
      fc.property(json, kind, operation, json, (spec, kindName, requested, labels) => {
        const text = JSON.stringify({
          apiVersion: 'v1',
          kind: kindName,
          metadata: { name: 'a', labels },
          spec,
        })
        const review = toReview(resource(text), { operation: requested })
        const parsed = parseReview(review.bytes)
        if (parsed.kind !== 'review') throw new Error(`refused: ${JSON.stringify(parsed)}`)
        const { object, oldObject, ...request } = review.request
        const seen = (each: unknown) => (each === null ? null : { metadata: { labels } })
        // Of the objects it keeps what selectors read; policies on both sides see the bytes.
        expect(parsed.review.request).toEqual({
          ...request,
          object: seen(object),
          oldObject: seen(oldObject),
        })
        expect(JSON.parse(new TextDecoder().decode(parsed.review.bytes))).toMatchObject({
          request: { object, oldObject },
        })
      }),
    )
  })

  it('returns a review from a file as it stands', () => {
    const text = textOf(POD)
    const review = resource(text)
    expect(toReview(review, { operation: 'DELETE', namespace: 'other' })).toBe(review.review)
    expect(JSON.parse(new TextDecoder().decode(review.review?.bytes))).toEqual(JSON.parse(text))
  })
})
