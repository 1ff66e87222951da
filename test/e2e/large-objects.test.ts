// The API server takes requests of 3 MiB, and stores 1.5 MiB.
import { beforeAll, expect, test } from 'vitest'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { installWebhook } from './support/webhook.ts'
import { container, deployment, podSpec, type Workload } from './support/workloads.ts'

const MIB = 1024 * 1024
const PATH = '/apis/apps/v1/namespaces/dev/deployments'

describeInCluster('an object of 2.9 MiB', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
    const webhook = await installWebhook(cluster, { namespaces: { dev: {} } })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const create = (object: Workload) =>
    cluster.kubectl(['create', '-n', 'dev', '--dry-run=server', '-f', '-'], {
      stdin: JSON.stringify(object),
    })

  test('is denied', async () => {
    const { code, stderr } = await create(large(2.9 * MIB, true))
    expect(stderr).toContain('no-host-network: ')
    expect(code).toBe(1)
  })

  test('is admitted', async () => {
    expect(await create(large(2.9 * MIB))).toMatchObject({ code: 0, stderr: '' })
  })

  test('H6: takes the place of one of 1.4 MiB', async () => {
    expect((await cluster.ask('POST', PATH, { body: large(1.4 * MIB) })).code).toBe(201)
    const replace = (object: Workload) =>
      cluster.ask('PUT', `${PATH}/large?dryRun=All`, { body: object })
    expect((await replace(large(2.9 * MIB))).code).toBe(200)
    const { code, body } = await replace(large(2.9 * MIB, true))
    expect({ code, causes: body.details?.causes }).toMatchObject({
      code: 403,
      causes: [{ reason: 'host-network', field: 'spec.template.spec.hostNetwork' }],
    })
  })
})

function large(bytes: number, hostNetwork = false): Workload {
  const fill = (args: readonly string[]): Workload =>
    deployment(podSpec({ hostNetwork, containers: [container({ args })] }), { name: 'large' })
  const line = 'x'.repeat(1021)
  // With its quotes and comma a line is 1 KiB.
  const lines = Math.floor((bytes - JSON.stringify(fill([])).length) / 1024)
  return fill(Array.from({ length: lines }, () => line))
}
