import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { resourceOf } from '../../src/kubernetes/resource-of.ts'
import { kubernetesSources } from '../support/kubernetes-module.ts'

describe('resourceOf', () => {
  it.each([
    ['v1', 'Pod', '/v1/pods', true, true],
    ['v1', 'Endpoints', '/v1/endpoints', true, true],
    ['v1', 'Namespace', '/v1/namespaces', false, true],
    ['networking.k8s.io/v1', 'NetworkPolicy', 'networking.k8s.io/v1/networkpolicies', true, true],
    ['networking.k8s.io/v1', 'IngressClass', 'networking.k8s.io/v1/ingressclasses', false, true],
    ['apps/v9', 'Deployment', 'apps/v9/deployments', true, true],
    ['example.com/v1', 'Gateway', 'example.com/v1/gatewaies', true, false],
    ['example.com/v1', 'Namespace', 'example.com/v1/namespaces', true, false],
    ['constructor/v1', 'Pod', 'constructor/v1/pods', true, false],
  ])('%s %s is %s', (apiVersion, kind, expected, namespaced, known) => {
    const { group, version, resource, ...rest } = resourceOf(apiVersion, kind)
    expect(`${group}/${version}/${resource}`).toBe(expected)
    expect(rest).toEqual({ kind, namespaced, known })
  })
})

interface Discovery {
  readonly items: readonly {
    readonly metadata: { readonly name?: string }
    readonly versions: readonly {
      readonly version: string
      readonly resources: readonly {
        readonly resource: string
        readonly scope: 'Namespaced' | 'Cluster'
        readonly responseKind: { readonly kind: string }
      }[]
    }[]
  }[]
}

const sources = kubernetesSources('the built-in kinds against Kubernetes’ own list')

describe.skipIf(sources === undefined)('Kubernetes’ list of its resources', () => {
  it('is what the table says', () => {
    const list = (file: string): Discovery =>
      JSON.parse(readFileSync(join(sources ?? '', 'api/discovery', file), 'utf8')) as Discovery
    const groups = list('aggregated_v2.json').items
    const core = JSON.parse(
      readFileSync(join(sources ?? '', 'api/discovery/api__v1.json'), 'utf8'),
    ) as {
      readonly resources: readonly {
        readonly name: string
        readonly kind: string
        readonly namespaced: boolean
      }[]
    }
    const expected = new Map<string, string>()
    for (const { metadata, versions } of groups) {
      for (const { version, resources } of versions) {
        for (const { resource, scope, responseKind } of resources) {
          expected.set(
            `${metadata.name}/${version} ${responseKind.kind}`,
            `${resource} ${scope === 'Namespaced'}`,
          )
        }
      }
    }
    for (const { name, kind, namespaced } of core.resources) {
      if (!name.includes('/')) expected.set(`v1 ${kind}`, `${name} ${namespaced}`)
    }
    expect(expected.size).toBeGreaterThan(80)
    const ours = new Map(
      [...expected.keys()].map((key) => {
        const [apiVersion = '', kind = ''] = key.split(' ')
        const { resource, namespaced, known } = resourceOf(apiVersion, kind)
        return [key, known ? `${resource} ${namespaced}` : 'unknown']
      }),
    )
    expect(ours).toEqual(expected)
  })
})
