// Namespaces as the API server has them at the moment: bindings that select by their labels.
import { setTimeout } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { installWebhook, type Webhook } from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

const UNLABELLED = pod(podSpec(), { labels: {} })

describeInCluster('namespaces', () => {
  let cluster: Cluster
  let webhook: Webhook
  beforeAll(async () => {
    cluster = await startCluster()
    webhook = await installWebhook(cluster)
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const create = async (namespace: string): Promise<number> => {
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
    return (await cluster.ask('POST', path, { body: UNLABELLED })).code
  }
  const makeNamespace = (name: string, labels = {}): Promise<void> =>
    cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  const label = async (name: string, change: string): Promise<void> => {
    const { code, stderr } = await cluster.kubectl(['label', 'namespace', name, change])
    if (code !== 0) throw new Error(stderr)
  }

  test('that are labelled and unlabelled meet other bindings within seconds', async () => {
    await makeNamespace('live')
    expect(await create('live')).toBe(201)
    await label('live', 'environment=production')
    await expect.poll(() => create('live'), { timeout: 20_000 }).toBe(403)
    await label('live', 'environment-')
    await expect.poll(() => create('live'), { timeout: 20_000 }).toBe(201)
  })

  test('that were made a moment ago are known at once', async () => {
    for (let i = 0; i < 10; i++) {
      await makeNamespace(`fresh-${i}`, { environment: 'production' })
      expect(await create(`fresh-${i}`)).toBe(403)
    }
  })

  test('are watched again after the API server was gone', async () => {
    await makeNamespace('back')
    await cluster.restartApiServer()
    await expect.poll(() => create('back'), { timeout: 30_000 }).toBe(201)
    await label('back', 'environment=production')
    await expect.poll(() => create('back'), { timeout: 30_000 }).toBe(403)
  })
})

describeInCluster('with less than the ClusterRole allows', () => {
  let cluster: Cluster
  let webhook: Webhook
  let made = 0
  beforeAll(async () => {
    cluster = await startCluster()
    webhook = await installWebhook(cluster, { replicas: 0 })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const allow = (...verbs: readonly string[]): Promise<void> =>
    cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'portcullis' },
      rules: [{ apiGroups: [''], resources: ['namespaces'], verbs }],
    })
  /** What comes of a pod in a Namespace that was made the moment before. */
  const createInNew = async (): Promise<string> => {
    const name = `new-${made++}`
    await cluster.ask('POST', '/api/v1/namespaces', { body: { metadata: { name } } })
    const path = `/api/v1/namespaces/${name}/pods?dryRun=All`
    const { body } = await cluster.ask('POST', path, { body: UNLABELLED })
    return body.message ?? 'created'
  }

  test('without list no replica gets ready; without watch and get what is new is unknown', async () => {
    await allow('get', 'watch')
    let isReady = false
    const starting = webhook.addReplica().then((replica) => {
      isReady = true
      return replica
    })
    await setTimeout(5_000)
    expect(isReady).toBe(false)
    await allow('list')
    const { running } = await starting
    expect(running.stderr()).toMatch(/cannot list resource.*namespaces are not watched/)
    await webhook.register()
    await expect.poll(createInNew, { timeout: 30_000 }).toContain('unknown-namespace')
    expect(running.stderr()).toMatch(/cannot get resource.*a namespace could not be read/)
    await allow('list', 'get')
    await expect.poll(createInNew, { timeout: 30_000 }).toBe('created')
    for (let i = 0; i < 10; i++) expect(await createInNew()).toBe('created')
  })
})
