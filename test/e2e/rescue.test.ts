// With every replica gone, and failurePolicy Fail: what still works, and how docs/operations.md gets a cluster out of it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { runShell } from './support/kubectl.ts'
import { installWebhook, MANIFESTS, NAMESPACE, type Webhook } from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

const CONFIGURATION = ['validatingwebhookconfiguration', 'portcullis']

describeInCluster('a cluster whose webhook is gone', () => {
  let cluster: Cluster
  let webhook: Webhook

  beforeAll(async () => {
    cluster = await startCluster()
    webhook = await installWebhook(cluster, { namespaces: { dev: {} } })
    await cluster.apply(...adminOf('jane', 'dev'))
    for (const replica of webhook.replicas()) await replica.kill()
    await webhook.publish([])
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const create = (namespace: string, object: object = pod(podSpec(), { name: 'new' })) =>
    cluster.kubectl(['create', '-n', namespace, '--dry-run=server', '-f', '-'], {
      stdin: JSON.stringify(object),
    })

  test('refuses workloads, and says why', async () => {
    const { code, stderr } = await create('dev')
    expect(stderr).toContain('failed calling webhook "validate.portcullis.dev"')
    expect(code).toBe(1)
  })

  test('takes what repairs it: its own pods, those of kube-system, nodes, leases, namespaces', async () => {
    const path = join(MANIFESTS, 'base/deployment.yaml')
    const { spec } = load(await readFile(path, 'utf8')) as { spec: { template: object } }
    const own = { apiVersion: 'v1', kind: 'Pod', ...spec.template }
    const named = { ...own, metadata: { ...metadataOf(own), name: 'portcullis-1' } }
    expect(await create(NAMESPACE, named)).toMatchObject({ code: 0, stderr: '' })
    expect(await create('kube-system')).toMatchObject({ code: 0 })
    const others = [
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'another' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'any' } },
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'node-1', namespace: 'kube-node-lease' },
      },
    ]
    for (const each of others) {
      const namespace = each.kind === 'Lease' ? 'kube-node-lease' : 'dev'
      expect(await create(namespace, each)).toMatchObject({ code: 0, stderr: '' })
    }
  })

  test('O14: no namespace gets out of it by its labels', async () => {
    const label = 'kubernetes.io/metadata.name'
    const relabel = ['label', 'namespace', 'dev', `${label}=kube-system`, '--overwrite']
    await cluster.kubectl(relabel)
    const got = await cluster.kubectl(['get', 'namespace', 'dev', '-o', 'json'])
    const { metadata } = JSON.parse(got.stdout) as { metadata: { labels: object } }
    expect(metadata.labels).toMatchObject({ [label]: 'dev' })
    expect(await create('dev')).toMatchObject({ code: 1 })
  })

  test('the administrator of a namespace cannot take the webhook out', async () => {
    for (const args of [
      ['delete', ...CONFIGURATION],
      ['patch', ...CONFIGURATION, '--patch', '{"webhooks":[]}'],
      ['scale', '-n', NAMESPACE, 'deployment/portcullis', '--replicas=0'],
    ]) {
      const { stderr } = await cluster.kubectl(args, { user: 'jane' })
      expect(stderr).toContain('Forbidden')
    }
  })

  test('is rescued as docs/operations.md says, and guarded again', async () => {
    const text = await readFile(join(ROOT, 'docs/operations.md'), 'utf8')
    const section = text.split(/^## /m).find((each) => each.startsWith('The way out\n'))
    const [out = '', back] = [...(section ?? '').matchAll(/```sh\n(.*?)```/gs)].map(
      ([, script = '']) => script,
    )
    expect(back).toBe('kubectl apply -k manifests/\n')
    const { kubectl } = cluster.binaries
    expect(await runShell(out, kubectl, cluster, ROOT)).toMatchObject({ code: 0 })
    const admitted = async (): Promise<number | null> => (await create('dev')).code
    await expect.poll(admitted, { timeout: 30_000 }).toBe(0)
    await webhook.addReplica()
    // `back` is of replicas that keep their certificates; these do not.
    await webhook.register()
    const denied = await create('dev', pod(podSpec({ hostNetwork: true }), { name: 'new' }))
    expect(denied.stderr).toContain('no-host-network: ')
  })
})

function metadataOf(object: object): object {
  return (object as { metadata?: object }).metadata ?? {}
}

function adminOf(user: string, namespace: string): object[] {
  const group = 'rbac.authorization.k8s.io'
  return [
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${user}-admin`, namespace },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'admin' },
      subjects: [{ apiGroup: group, kind: 'User', name: user }],
    },
  ]
}
