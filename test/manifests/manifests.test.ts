// What `portcullis manifests` writes for the default bundle, as an API server gets it: kustomize renders the same, see test/e2e.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { SETTINGS } from '../../src/cli/serve/serve-settings.ts'
import { serve } from '../../src/cli/serve/serve.ts'
import { deriveMatchConditions } from '../../src/kubernetes/manifests/derive-match-conditions.ts'
import { deriveRules } from '../../src/kubernetes/manifests/derive-rules.ts'
import { findBlindSpots } from '../../src/kubernetes/manifests/blind-spots.ts'
import {
  type Installation,
  renderStream,
  renderTree,
} from '../../src/kubernetes/manifests/render.ts'
import { testBinding, testPolicy } from '../support/binding.ts'
import { judgeEverywhere } from '../support/judge-everywhere.ts'
import { defaultBundle } from '../support/webhook.ts'

const FOLDER = new URL('../../manifests/', import.meta.url)
const { bindings } = await defaultBundle()

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [key: string]: unknown
}

function render(options: Partial<Installation> = {}): readonly Manifest[] {
  const text = renderStream({
    namespace: 'portcullis-system',
    image: 'registry.example.com/portcullis:0.1.0',
    certificates: 'managed',
    highAvailability: false,
    rules: deriveRules(bindings),
    matchConditions: deriveMatchConditions(bindings),
    ...options,
  })
  return loadAll(text) as Manifest[]
}

const INSTALLATIONS: readonly (readonly [string, readonly Manifest[]])[] = [
  ['managed certificates', render()],
  ['cert-manager', render({ certificates: 'cert-manager' })],
  ['high availability', render({ highAvailability: true })],
  ['a namespace of one’s own', render({ namespace: 'gate', certificates: 'cert-manager' })],
]
const manifests = render()

function find<T>(kind: string, among = manifests): T {
  const found = among.find((manifest) => manifest.kind === kind)
  if (found === undefined) throw new Error(`no ${kind}`)
  return found as T
}

interface WebhookConfiguration {
  readonly metadata: Manifest['metadata']
  readonly webhooks: readonly [
    {
      readonly clientConfig: { readonly service: Readonly<Record<string, unknown>> }
      readonly namespaceSelector: { readonly matchExpressions: readonly unknown[] }
      readonly [key: string]: unknown
    },
  ]
}

interface Container {
  readonly args: readonly string[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly [key: string]: unknown
}

interface Deployment {
  readonly spec: {
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

const [webhook] = find<WebhookConfiguration>('ValidatingWebhookConfiguration').webhooks
const deployment = find<Deployment>('Deployment').spec
const pod = deployment.template.spec
const [container] = pod.containers

describe.each(INSTALLATIONS)('manifests with %s', (name, objects) => {
  const namespace = name === 'a namespace of one’s own' ? 'gate' : 'portcullis-system'

  test('begin with their Namespace, and end with what API servers heed', () => {
    expect(objects[0]).toMatchObject({ kind: 'Namespace', metadata: { name: namespace } })
    expect(objects.at(-1)?.kind).toBe('ValidatingWebhookConfiguration')
    const kinds = objects.map(({ kind }) => kind)
    expect(kinds.at(-2)).toBe('Deployment')
    expect(new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(
      objects.length,
    )
  })

  test('live in a namespace of their own', () => {
    const outside = objects.filter(({ metadata }) => metadata.namespace === undefined)
    const kinds = new Set(outside.map(({ kind }) => kind))
    expect(kinds).toEqual(
      new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'ValidatingWebhookConfiguration']),
    )
    for (const { metadata } of objects) expect(metadata.namespace ?? namespace).toBe(namespace)
    const text = JSON.stringify(objects)
    if (namespace === 'gate') expect(text).not.toContain('portcullis-system')
  })

  test('start a server that there is', () => {
    const [{ args }] = find<Deployment>('Deployment', objects).spec.template.spec.containers
    const [command, ...options] = args
    expect(command).toBe(serve.name)
    const known = serve.options.map((option) => option.name)
    const given = options.map((option) => option.slice(2).split('=')[0] ?? '')
    expect(given.filter((option) => !known.includes(option))).toEqual([])
  })

  test('are several replicas, which the autoscaler counts and nobody else', () => {
    const { spec } = find<Manifest>('HorizontalPodAutoscaler', objects)
    expect(spec).toMatchObject({
      minReplicas: name === 'high availability' ? 6 : 3,
      metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 70 } } }],
    })
    expect(find<Deployment>('Deployment', objects).spec).not.toHaveProperty('replicas')
  })
})

test('what is checked in holds no key', () => {
  for (const entry of readdirSync(FOLDER, { recursive: true, withFileTypes: true })) {
    // Made by who follows README.md, and ignored by git.
    if (entry.isDirectory() || entry.parentPath.endsWith('/certs')) continue
    expect(readFileSync(join(entry.parentPath, entry.name), 'utf8')).not.toContain('PRIVATE KEY')
  }
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

  test('asks about what the bundle judges, each by its name', () => {
    expect(webhook['rules']).toEqual(deriveRules(bindings))
    expect(JSON.stringify(webhook['rules'])).not.toContain('*')
    expect(webhook).not.toHaveProperty('matchConditions')
  })

  test('has a match condition where every binding is narrower than rules can be', () => {
    const matchConditions = deriveMatchConditions([
      testBinding({ match: { namespaces: ['core-*'], users: ["o'neil@example.com"] } }),
      testBinding({ match: { excludedNamespaces: ['dev'] } }),
    ])
    const [narrowed] = find<WebhookConfiguration>(
      'ValidatingWebhookConfiguration',
      render({ matchConditions }),
    ).webhooks
    expect(matchConditions).toHaveLength(1)
    expect(narrowed['matchConditions']).toEqual(matchConditions)
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

  test('has no CA but that of who makes the certificate, and a way out that the README names', () => {
    const readme = readFileSync(new URL('README.md', FOLDER), 'utf8')
    const { name } = find<WebhookConfiguration>('ValidatingWebhookConfiguration').metadata
    expect(readme).toContain(`kubectl delete validatingwebhookconfiguration ${name}`)
    expect(webhook.clientConfig).not.toHaveProperty('caBundle')
  })
})

describe('the deployment', () => {
  test('survives a node, a drain and a rollout', () => {
    expect(deployment.strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } })
    const spread = (whenUnsatisfiable: string) =>
      ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        topologyKey,
        whenUnsatisfiable,
        labelSelector: deployment.selector,
      }))
    expect(pod).toMatchObject({
      priorityClassName: 'system-cluster-critical',
      topologySpreadConstraints: spread('ScheduleAnyway'),
    })
    const budget = find<{ spec: unknown }>('PodDisruptionBudget').spec
    expect(budget).toMatchObject({ maxUnavailable: 1, selector: deployment.selector })
    const wide = render({ highAvailability: true })
    expect(find<Deployment>('Deployment', wide).spec.template.spec).toMatchObject({
      topologySpreadConstraints: spread('DoNotSchedule'),
    })
    expect(find<Manifest>('PodDisruptionBudget', wide)['spec']).toMatchObject({
      maxUnavailable: '25%',
    })
  })

  test('is let in with its priority where only a quota allows that, all replicas and a rollout', () => {
    const { spec } = find<Manifest>('ResourceQuota')
    const { hard, scopeSelector } = spec as {
      readonly hard: { readonly pods: string }
      readonly scopeSelector: unknown
    }
    expect(scopeSelector).toEqual({
      matchExpressions: [
        { scopeName: 'PriorityClass', operator: 'In', values: [pod['priorityClassName']] },
      ],
    })
    const wide = find<Manifest>('HorizontalPodAutoscaler', render({ highAvailability: true }))
    const { maxReplicas } = wide['spec'] as { readonly maxReplicas: number }
    expect(Number(hard.pods)).toBeGreaterThan(2 * maxReplicas)
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
    const named = manifests.filter(({ metadata }) => metadata.name === 'portcullis-certificates')
    const secrets = { apiGroups: [''], resources: ['secrets'] }
    expect(named.find(({ kind }) => kind === 'Role')?.['rules']).toEqual([
      { ...secrets, resourceNames: ['portcullis-certificates'], verbs: ['get', 'watch', 'update'] },
      { ...secrets, verbs: ['create'] },
    ])
    expect(named.find(({ kind }) => kind === 'ClusterRole')?.['rules']).toEqual([
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations'],
        resourceNames: [find<Manifest>('ValidatingWebhookConfiguration').metadata.name],
        verbs: ['get', 'watch', 'patch'],
      },
    ])
    const { name, namespace } = find<Manifest>('ServiceAccount').metadata
    const granted = named.filter(({ kind }) => kind.endsWith('Binding'))
    expect(granted).toHaveLength(2)
    for (const { subjects } of granted) {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name, namespace }])
    }
    expect(SETTINGS.certsSecret.default).toBe('portcullis-certificates')
    expect(SETTINGS.certsService.default).toBe(find<Manifest>('Service').metadata.name)
    const others = render({ certificates: 'cert-manager' })
    expect(JSON.stringify(others)).not.toContain('portcullis-certificates')
  })

  test('by cert-manager’s certificate is for its Service, and by a CA that API servers are told of', () => {
    const others = render({ certificates: 'cert-manager' })
    const specs = others.filter(({ kind }) => kind === 'Certificate').map(({ spec }) => spec)
    expect(specs).toMatchObject([
      { isCA: true, secretName: 'portcullis-ca', issuerRef: { name: 'portcullis-selfsigned' } },
      {
        dnsNames: ['portcullis.portcullis-system.svc'],
        secretName: 'portcullis-tls',
        issuerRef: { name: 'portcullis' },
      },
    ])
    expect(others.at(-1)?.metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': 'portcullis-system/portcullis',
    })
    expect(find<Deployment>('Deployment', others).spec.template.spec).toMatchObject({
      containers: [{ volumeMounts: [{ name: 'tls', mountPath: '/etc/portcullis/tls' }] }],
      volumes: [{ name: 'tls', secret: { secretName: 'portcullis-tls' } }],
    })
  })

  test('listens where it is asked, and has time to stop', () => {
    const [, ...options] = container.args
    const given = new Map(options.map((option) => option.slice(2).split('=') as [string, string]))
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

test.each(INSTALLATIONS)(
  'every workload passes our own policies, wherever it stands: %s',
  async (_, objects) => {
    const workloads = objects.filter(({ spec }) =>
      JSON.stringify(spec ?? {}).includes('"containers"'),
    )
    expect(workloads.map((each) => each.kind)).toEqual(['Deployment'])
    const object = find<Manifest>('Deployment', objects)
    const decision = await judgeEverywhere(object, 'deployments')
    expect(decision).toMatchObject({ allowed: true, findings: [], failures: [] })
  },
)

test('the tree has an overlay for each kind of certificates, and one file an object, named after it', () => {
  const tree = renderTree({
    namespace: 'portcullis-system',
    image: 'registry.example.com/portcullis:0.1.0',
    certificates: 'development',
    highAvailability: true,
    rules: deriveRules(bindings),
    matchConditions: [],
  })
  const root = tree.find(({ path }) => path === 'kustomization.yaml')
  expect(load(root?.text ?? '')).toMatchObject({
    resources: ['overlays/development-certificates'],
    components: ['components/high-availability'],
  })
  for (const { path, text } of tree) {
    const [document, ...others] = loadAll(text) as Manifest[]
    expect(others).toEqual([])
    const kind = document?.kind === 'Component' ? 'kustomization' : document?.kind.toLowerCase()
    expect(path.split('/').at(-1)).toMatch(new RegExp(`^${kind}(-[a-z]+)?\\.yaml$`))
  }
})

describe('blind spots', () => {
  test('are Namespaces that the webhook leaves out and bindings do not', () => {
    expect(findBlindSpots(bindings, 'gate')).toEqual([
      { what: 'namespace gate', bindings: ['no-host-network', 'container-limits'] },
      { what: 'namespace kube-system', bindings: ['no-host-network'] },
      { what: 'namespace kube-node-lease', bindings: ['no-host-network', 'container-limits'] },
    ])
  })

  test('are none where bindings are about other namespaces, or about none', () => {
    const policy = testPolicy({ resources: ['nodes'] })
    const others = [
      testBinding({ policy }),
      testBinding({ match: { namespaces: ['core-*'] } }),
      testBinding({ match: { namespaceSelector: { matchLabels: { a: 'b' } } } }),
      testBinding({ match: { excludedNamespaces: ['kube-*', 'gate'] } }),
    ]
    expect(findBlindSpots(others, 'gate')).toEqual([])
  })

  test('are what API servers ask no webhook about', () => {
    const policy = testPolicy({
      resources: ['admissionregistration.k8s.io/validatingwebhookconfigurations'],
    })
    const [spot] = findBlindSpots([testBinding({ policy })], 'gate')
    expect(spot).toMatchObject({ what: expect.stringContaining('admissionregistration.k8s.io') })
  })
})
