// Every way in which a write reaches the webhook.
import { beforeAll, expect, test } from 'vitest'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { serveBindings } from './support/test-bundle.ts'
import { installWebhook } from './support/webhook.ts'
import { deployment, pod, podSpec } from './support/workloads.ts'

const HOST_NETWORK = podSpec({ hostNetwork: true })
const DENIED = 'no-host-network: '

describeInCluster('a write', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
    // Besides what is usual: nothing in `kept` is deleted that has no owner.
    const args = await serveBindings(cluster, [
      { name: 'no-host-network', policy: 'host-network' },
      {
        name: 'kept',
        policy: 'required-labels',
        match: { namespaces: ['kept'], operations: ['DELETE'] },
      },
    ])
    const webhook = await installWebhook(cluster, { namespaces: { dev: {}, kept: {} }, args })
    await webhook.register((configuration) =>
      configuration.replaceAll('[CREATE, UPDATE]', '[CREATE, UPDATE, DELETE]'),
    )
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const kubectl = (object: object | undefined, ...args: readonly string[]) =>
    cluster.kubectl(
      args,
      object === undefined ? {} : { stdin: JSON.stringify(inNamespace(object, 'dev')) },
    )

  test('A11: --dry-run=server: the same answer, and nothing written', async () => {
    const create = ['create', '--dry-run=server', '-f', '-']
    const denied = await kubectl(pod(HOST_NETWORK, { name: 'dry' }), ...create)
    expect(denied.stderr).toContain(DENIED)
    const admitted = await kubectl(pod(podSpec(), { name: 'dry' }), ...create)
    expect(admitted.stdout).toContain('created (server dry run)')
    const got = await cluster.kubectl(['get', 'pod', '-n', 'dev', 'dry'])
    expect(got.stderr).toContain('NotFound')
  })

  test('UPDATE: by apply, replace, patch and set', async () => {
    const update = (...args: readonly string[]) => kubectl(undefined, '-n', 'dev', ...args)
    await cluster.apply(inNamespace(deployment(podSpec(), { name: 'updated' }), 'dev'))
    const faulty = deployment(HOST_NETWORK, { name: 'updated' })
    expect((await kubectl(faulty, 'apply', '-f', '-')).stderr).toContain(DENIED)
    expect((await kubectl(faulty, 'replace', '-f', '-')).stderr).toContain(DENIED)
    const patch = { spec: { template: { spec: { hostNetwork: true } } } }
    for (const type of ['strategic', 'merge']) {
      const args = ['patch', 'deployment', 'updated', `--type=${type}`]
      const patched = await update(...args, '--patch', JSON.stringify(patch))
      expect(patched.stderr).toContain(DENIED)
    }
    expect(await update('set', 'env', 'deployment/updated', 'A=b')).toMatchObject({ code: 0 })
    // Asks for deployments/scale, which no rule names.
    expect(await update('scale', 'deployment/updated', '--replicas=2')).toMatchObject({ code: 0 })
  })

  test('server-side apply: to create and to update', async () => {
    const apply = (spec: Readonly<Record<string, unknown>>) =>
      kubectl(deployment(spec, { name: 'applied' }), 'apply', '--server-side', '-f', '-')
    expect((await apply(HOST_NETWORK)).stderr).toContain(DENIED)
    expect(await apply(podSpec())).toMatchObject({ code: 0 })
    expect((await apply(HOST_NETWORK)).stderr).toContain(DENIED)
  })

  test('O15: generateName: denied alike, by its beginning', async () => {
    const metadata = { name: undefined, generateName: 'worker-' }
    const denied = await kubectl(pod(HOST_NETWORK, metadata), 'create', '-f', '-')
    expect(denied.stderr).toContain(DENIED)
    expect(await kubectl(pod(podSpec(), metadata), 'create', '-f', '-')).toMatchObject({ code: 0 })
  })

  test('several objects: those without fault are written, the others denied', async () => {
    const items = [
      inNamespace(pod(HOST_NETWORK, { name: 'first' }), 'dev'),
      inNamespace(pod(podSpec(), { name: 'second' }), 'dev'),
    ]
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    const { code, stdout, stderr } = await cluster.kubectl(['apply', '-f', '-'], { stdin: list })
    expect(stderr).toContain(DENIED)
    expect(stdout).toBe('pod/second created\n')
    expect(code).toBe(1)
  })

  test('DELETE and deletecollection: judged by what would go', async () => {
    await cluster.apply(
      inNamespace(pod(podSpec(), { name: 'owned' }), 'kept'),
      inNamespace(pod(podSpec(), { name: 'nobodys', labels: {} }), 'kept'),
    )
    const denied = await cluster.kubectl(['delete', 'pod', '-n', 'kept', 'nobodys'])
    expect(denied.stderr).toContain('kept: the object must have the label "owner"')
    expect(denied.code).toBe(1)
    const collection = '/api/v1/namespaces/kept/pods'
    const { code, body } = await cluster.ask('DELETE', collection)
    expect({ code, message: body.message }).toEqual({
      code: 403,
      message: expect.stringContaining('kept: the object must have the label "owner"'),
    })
    const deleteOwned = ['delete', 'pod', '-n', 'kept', '-l', 'owner']
    const deleted = await cluster.kubectl([...deleteOwned, '--ignore-not-found'])
    expect(deleted).toMatchObject({ code: 0 })
    const left = await cluster.kubectl(['get', 'pods', '-n', 'kept', '-o', 'name'])
    expect(left.stdout).toBe('pod/nobodys\n')
    await cluster.apply(inNamespace(pod(podSpec(), { name: 'other' }), 'kept'))
    const ofOwned = await cluster.ask('DELETE', `${collection}?labelSelector=owner`)
    expect(ofOwned.code).toBe(200)
    expect((await cluster.kubectl(['get', 'pods', '-n', 'kept', '-o', 'name'])).stdout).toBe(
      'pod/nobodys\n',
    )
  })

  test('what no rule names is not asked about', async () => {
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any' } }
    expect(await kubectl(configMap, 'create', '-f', '-')).toMatchObject({ code: 0 })
    const denied = (await cluster.auditEvents()).filter(
      ({ objectRef, annotations = {} }) =>
        objectRef?.name === 'any' && 'validate.portcullis.dev/decision-id' in annotations,
    )
    expect(denied).toEqual([])
  })
})

function inNamespace<T extends object>(object: T, namespace: string): T {
  const { metadata } = object as { metadata?: object }
  return { ...object, metadata: { ...metadata, namespace } }
}
