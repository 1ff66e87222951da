import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { decide } from '../../src/admission/decide.ts'
import { parseReview } from '../../src/admission/parse-review.ts'
import type { Binding } from '../../src/bundle/bundle.ts'
import { judge } from '../../src/policy/judge.ts'
import { SETTINGS } from '../../src/cli/serve/serve-settings.ts'
import { serve } from '../../src/cli/serve/serve.ts'
import { reviewBytes } from '../support/review.ts'
import { defaultBundle, defaultEngine, namespaces } from '../support/webhook.ts'

const FOLDER = new URL('../../manifests/', import.meta.url)

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [key: string]: unknown
}

function read(file: string): unknown {
  return load(readFileSync(new URL(file, FOLDER), 'utf8'))
}

const kustomization = read('kustomization.yaml') as {
  readonly resources: readonly string[]
  readonly components: readonly string[]
}
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'))
const manifests = kustomization.resources.map((file) => read(file) as Manifest)

function find<T>(kind: string): T {
  const found = manifests.find((manifest) => manifest.kind === kind)
  if (found === undefined) throw new Error(`no ${kind}`)
  return found as T
}

interface WebhookConfiguration {
  readonly metadata: { readonly name: string }
  readonly webhooks: readonly {
    readonly admissionReviewVersions: readonly string[]
    readonly clientConfig: {
      readonly caBundle: string
      readonly service: Readonly<Record<string, unknown>>
    }
    readonly namespaceSelector: { readonly matchExpressions: readonly unknown[] }
    readonly rules: readonly {
      readonly apiGroups: readonly string[]
      readonly apiVersions: readonly string[]
      readonly resources: readonly string[]
      readonly operations: readonly string[]
    }[]
    readonly [key: string]: unknown
  }[]
}

interface Container {
  readonly args: readonly string[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly [key: string]: unknown
}

interface Deployment {
  readonly spec: {
    readonly replicas: number
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly strategy: unknown
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: {
        readonly containers: readonly [Container]
        readonly terminationGracePeriodSeconds: number
        readonly [key: string]: unknown
      }
    }
  }
}

const webhook = find<WebhookConfiguration>('ValidatingWebhookConfiguration').webhooks[0]
if (webhook === undefined) throw new Error('no webhook')
const deployment = find<Deployment>('Deployment').spec
const pod = deployment.template.spec
const [container] = pod.containers

describe('manifests', () => {
  test('are one kind a file, named after it, and all in the kustomization', () => {
    expect([...kustomization.resources, 'kustomization.yaml'].toSorted()).toEqual(files.toSorted())
    for (const file of kustomization.resources) {
      const documents = loadAll(readFileSync(new URL(file, FOLDER), 'utf8')) as Manifest[]
      expect(documents.map(({ kind }) => `${kind.toLowerCase()}.yaml`)).toEqual([file])
    }
  })

  test('live in a namespace of their own', () => {
    const outside = manifests.filter(({ metadata }) => metadata.namespace === undefined)
    expect(outside.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'ClusterRole',
      'ClusterRoleBinding',
      'ValidatingWebhookConfiguration',
    ])
    for (const { metadata } of manifests) {
      expect(metadata.namespace ?? 'portcullis-system').toBe('portcullis-system')
    }
  })

  test('hold no key', () => {
    for (const entry of readdirSync(FOLDER, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) continue
      expect(readFileSync(join(entry.parentPath, entry.name), 'utf8')).not.toContain('PRIVATE KEY')
    }
  })
})

describe('the webhook configuration', () => {
  test('fails closed, in time, by version 1, without side effects', () => {
    expect(webhook).toMatchObject({
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      sideEffects: 'None',
    })
    expect(webhook['timeoutSeconds']).toBeLessThanOrEqual(5)
  })

  test('cannot lock the cluster out: what must go on is left out by name', () => {
    expect(webhook.namespaceSelector.matchExpressions).toEqual([
      {
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: ['portcullis-system', 'kube-system', 'kube-node-lease'],
      },
    ])
    expect(webhook).not.toHaveProperty('objectSelector')
  })

  test('asks about exactly what the default bundle judges, by name', async () => {
    const asked = webhook.rules.flatMap(({ apiGroups, apiVersions, resources, operations }) => {
      expect(apiVersions).toEqual(['v1'])
      expect(operations).toEqual(['CREATE', 'UPDATE'])
      return resources.map((each) => (apiGroups[0] === '' ? each : `${apiGroups[0]}/${each}`))
    })
    expect(asked.join()).not.toContain('*')
    const { policies } = await defaultBundle()
    const judged = new Set(policies.flatMap(({ resources }) => resources))
    expect(asked.toSorted()).toEqual([...judged].toSorted())
    expect(asked).toEqual(expect.arrayContaining(['pods/ephemeralcontainers', 'pods/resize']))
  })

  test('calls the service that the deployment is behind', () => {
    const service = find<Manifest & { spec: { selector: unknown; ports: unknown } }>('Service')
    const { name, namespace } = service.metadata
    expect(webhook.clientConfig.service).toEqual({ name, namespace, path: '/validate', port: 443 })
    expect(service.spec.selector).toEqual(deployment.selector.matchLabels)
    expect(deployment.template.metadata.labels).toMatchObject(deployment.selector.matchLabels)
    expect(service.spec.ports).toEqual([{ name: 'webhook', port: 443, targetPort: 'webhook' }])
    expect(container.ports[0]).toEqual({ name: 'webhook', containerPort: 8443 })
  })

  test('has a placeholder for the CA, and a way out that the README names', () => {
    const readme = readFileSync(new URL('README.md', FOLDER), 'utf8')
    const { name } = find<WebhookConfiguration>('ValidatingWebhookConfiguration').metadata
    expect(readme).toContain(`kubectl delete validatingwebhookconfiguration ${name}`)
    expect(webhook.clientConfig.caBundle).toBe('')
    expect(readme).toContain('caBundle')
  })
})

describe('the deployment', () => {
  test('survives a node, a drain and a rollout', () => {
    expect(deployment.replicas).toBeGreaterThanOrEqual(2)
    expect(deployment.strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } })
    expect(pod).toMatchObject({
      priorityClassName: 'system-cluster-critical',
      topologySpreadConstraints: [
        { topologyKey: 'kubernetes.io/hostname' },
        { topologyKey: 'topology.kubernetes.io/zone' },
      ],
    })
    const budget = find<{ spec: unknown }>('PodDisruptionBudget').spec
    expect(budget).toMatchObject({ maxUnavailable: 1, selector: deployment.selector })
  })

  test('runs with nothing it does not need', () => {
    expect(pod).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(find<Manifest>('ServiceAccount')).toMatchObject({ automountServiceAccountToken: false })
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { cpu: expect.any(String), memory: expect.any(String) },
      },
    })
    expect(find<{ spec: unknown }>('NetworkPolicy').spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      egress: [{ ports: [{ port: 443 }, { port: 6443 }] }],
    })
  })

  test('may read Namespaces, and nothing else', () => {
    expect(find<Manifest>('ClusterRole')['rules']).toEqual([
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
    ])
    const { roleRef, subjects } = find<Manifest>('ClusterRoleBinding')
    expect(roleRef).toMatchObject({ kind: 'ClusterRole', name: 'portcullis' })
    const { name, namespace } = find<Manifest>('ServiceAccount').metadata
    expect(subjects).toEqual([{ kind: 'ServiceAccount', name, namespace }])
    expect(pod).toMatchObject({ serviceAccountName: name, automountServiceAccountToken: true })
    expect(container.args).toContain('--watch-namespaces')
  })

  test('with managed certificates may keep one Secret and one configuration’s caBundle besides', () => {
    const rulesOf = (file: string): unknown =>
      (read(`managed-certificates/${file}.yaml`) as Manifest)['rules']
    const secrets = { apiGroups: [''], resources: ['secrets'] }
    expect(rulesOf('role')).toEqual([
      { ...secrets, resourceNames: ['portcullis-certificates'], verbs: ['get', 'watch', 'update'] },
      { ...secrets, verbs: ['create'] },
    ])
    expect(rulesOf('clusterrole')).toEqual([
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations'],
        resourceNames: [find<Manifest>('ValidatingWebhookConfiguration').metadata.name],
        verbs: ['get', 'watch', 'patch'],
      },
    ])
    const { name, namespace } = find<Manifest>('ServiceAccount').metadata
    for (const file of ['rolebinding', 'clusterrolebinding']) {
      const { subjects } = read(`managed-certificates/${file}.yaml`) as Manifest
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name, namespace }])
    }
    expect(SETTINGS.certsSecret.default).toBe('portcullis-certificates')
    expect(SETTINGS.certsService.default).toBe(find<Manifest>('Service').metadata.name)
    expect(kustomization.components).toEqual(['managed-certificates'])
  })

  test('starts a server that there is, and has time to stop it', () => {
    const [command, ...options] = container.args
    expect(command).toBe(serve.name)
    const given = new Map(options.map((option) => option.slice(2).split('=') as [string, string]))
    const known = serve.options.map(({ name }) => name)
    expect([...given.keys()].filter((name) => !known.includes(name))).toEqual([])
    expect(given.get('listen')).toMatch(/:8443$/)
    expect(given.get('operator-listen')).toMatch(/:8081$/)
    // A request may take 15 s to come.
    const drain = Number(given.get('drain-seconds'))
    expect(drain + 15).toBeLessThan(pod.terminationGracePeriodSeconds)
    expect(container).toMatchObject({
      readinessProbe: { httpGet: { path: '/readyz', port: 'operator' } },
      livenessProbe: { httpGet: { path: '/livez', port: 'operator' } },
    })
  })
})

test('the deployment passes our own policies, wherever it stands', async () => {
  const everywhere = (binding: Binding): Binding => ({
    ...binding,
    match: {},
    ...(binding.policy.name === 'trusted-registries'
      ? { parameters: { ...binding.parameters, registries: ['registry.example.com'] } }
      : {}),
  })
  const engine = await defaultEngine(everywhere)
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' }
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' }
  const object = find<Record<string, unknown>>('Deployment')
  const parsed = parseReview(
    reviewBytes({ kind, resource, name: 'portcullis', namespace: 'portcullis-system', object }),
  )
  if (parsed.kind !== 'review') throw new Error(parsed.message)
  const decision = decide(judge(engine, parsed.review, namespaces, new Date()))
  expect(decision.evaluated).toBe(engine.bundle.bindings.length)
  expect(decision).toMatchObject({ allowed: true, findings: [], failures: [] })
})
