// The default bundle behind a real API server, as a user of kubectl meets it.
import { beforeAll, expect, test } from 'vitest'
import type { ApiCause } from './support/api-client.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { installWebhook } from './support/webhook.ts'
import { container, cronJob, deployment, pod, podSpec, type Workload } from './support/workloads.ts'

const ELSEWHERE = 'docker.io/library/app:1.0'
const KINDS = { Pod: pod, Deployment: deployment, CronJob: cronJob } as const
const SPEC_OF = {
  Pod: 'spec',
  Deployment: 'spec.template.spec',
  CronJob: 'spec.jobTemplate.spec.template.spec',
} as const

interface Fault {
  readonly binding: string
  readonly policy: string
  /** Where the binding applies, and nothing else finds fault. */
  readonly namespace: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<Record<string, unknown>>
  /** From the object's root; below `spec` from the pod's. */
  readonly field: string
}

const FAULTS: readonly Fault[] = [
  {
    binding: 'no-host-network',
    policy: 'host-network',
    namespace: 'dev',
    spec: podSpec({ hostNetwork: true }),
    field: 'spec.hostNetwork',
  },
  {
    binding: 'container-limits',
    policy: 'container-limits',
    namespace: 'dev',
    spec: podSpec({ containers: [container({ resources: { limits: { cpu: '1' } } })] }),
    field: 'spec.containers[0].resources.limits[memory]',
  },
  {
    binding: 'production-owner',
    policy: 'required-labels',
    namespace: 'shop',
    spec: podSpec(),
    metadata: { labels: { app: 'app' } },
    field: 'metadata.labels[owner]',
  },
  {
    binding: 'core-registries',
    policy: 'trusted-registries',
    namespace: 'core-billing',
    spec: podSpec({ containers: [container({ image: ELSEWHERE })] }),
    field: 'spec.containers[0].image',
  },
]

describeInCluster('the default bundle in a cluster', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
    await cluster.apply(namespace('dev'))
    // Older than the webhook: requests without limits.
    const old = podSpec({ containers: [container({ resources: { requests: { cpu: '100m' } } })] })
    await cluster.apply(pod(old, { name: 'old', namespace: 'dev' }))
    const webhook = await installWebhook(cluster, {
      namespaces: {
        shop: { environment: 'production' },
        'core-billing': { environment: 'production' },
      },
    })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const apply = (object: Workload, namespace: string) =>
    cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: JSON.stringify(object) })

  const causesOf = async (object: Workload, namespace: string): Promise<readonly ApiCause[]> => {
    const { code, body } = await cluster.ask('POST', pathOf(object, namespace), { body: object })
    expect({ code, reason: body.reason }).toEqual({ code: 403, reason: 'Forbidden' })
    return body.details?.causes ?? []
  }

  for (const [kind, make] of Object.entries(KINDS)) {
    for (const { binding, policy, namespace, spec, metadata, field } of FAULTS) {
      test(`${binding} denies a ${kind} and admits it mended`, async () => {
        const faulty = make(spec, { name: binding, ...metadata })
        const denied = await apply(faulty, namespace)
        expect(denied.stderr).toContain('Error from server (Forbidden)')
        expect(denied.stderr).toContain('"validate.portcullis.dev" denied the request: ')
        expect(denied.stderr).toContain(`${binding}: `)
        expect(denied.code).toBe(1)
        const place = field.replace(/^spec/, SPEC_OF[kind as keyof typeof SPEC_OF])
        expect(await causesOf(faulty, namespace)).toEqual([
          { reason: policy, message: expect.stringContaining(`${binding}: `), field: place },
        ])
        const admitted = await apply(make(podSpec(), { name: binding }), namespace)
        expect(admitted).toMatchObject({ code: 0, stderr: '' })
        expect(admitted.stdout).toContain('created')
      })
    }
  }

  test('all faults of an object are in one message, and each is a cause', async () => {
    const bare = container({ image: 'app', resources: {} })
    const object = pod(podSpec({ hostNetwork: true, containers: [bare] }), {
      name: 'faulty',
      labels: {},
    })
    const denied = await apply(object, 'core-billing')
    const causes = await causesOf(object, 'core-billing')
    expect(causes.map(({ reason, field }) => `${reason} ${field}`).toSorted()).toEqual([
      'container-limits spec.containers[0].resources.limits[cpu]',
      'container-limits spec.containers[0].resources.limits[memory]',
      'host-network spec.hostNetwork',
      'required-labels metadata.labels[owner]',
      'trusted-registries spec.containers[0].image',
    ])
    for (const { message } of causes) expect(denied.stderr).toContain(message)
    expect(denied.stderr).toContain('5 faults\n')
  })

  test('O1: an ephemeral container’s image is judged, its lack of limits is not', async () => {
    await cluster.apply(pod(podSpec(), { name: 'debugged', namespace: 'core-billing' }))
    const debug = (image: string) =>
      cluster.kubectl(['debug', '-n', 'core-billing', 'debugged', `--image=${image}`])
    const denied = await debug('docker.io/library/busybox:1')
    expect(denied.stderr).toContain('core-registries: ')
    expect(denied.stderr).toContain('spec.ephemeralContainers[0].image')
    expect(denied.code).toBe(1)
    expect(await debug('registry.example.com/core/debug:1')).toMatchObject({ code: 0 })
  })

  test('a resize is judged', async () => {
    const resize = (name: string, resources: object) => {
      const patch = JSON.stringify({ spec: { containers: [{ name: 'app', resources }] } })
      const options = ['-n', 'dev', '--subresource=resize', '--patch', patch]
      return cluster.kubectl(['patch', 'pod', name, ...options])
    }
    await cluster.apply(pod(podSpec(), { name: 'resized', namespace: 'dev' }))
    // Limits alone would make it another class of service, which the API server refuses.
    const cpu = '200m'
    const grown = await resize('resized', { limits: { cpu }, requests: { cpu } })
    expect(grown).toMatchObject({ stderr: '', code: 0 })
    const denied = await resize('old', { requests: { cpu } })
    expect(denied.stderr).toContain('container-limits: ')
    expect(denied.code).toBe(1)
  })

  test('a LimitRange fills in limits before they are judged', async () => {
    const bare = pod(podSpec({ containers: [container({ resources: {} })] }), { name: 'ranged' })
    expect(await apply(bare, 'dev')).toMatchObject({ code: 1 })
    const limits = [{ type: 'Container', default: { cpu: '100m', memory: '64Mi' } }]
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'usual', namespace: 'dev' },
      spec: { limits },
    })
    // The API server learns of it by and by.
    await expect.poll(async () => (await apply(bare, 'dev')).code, { timeout: 30_000 }).toBe(0)
  })
})

function namespace(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function pathOf({ apiVersion, kind }: Workload, namespace: string): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return `${group}/namespaces/${namespace}/${kind.toLowerCase()}s?dryRun=All`
}
