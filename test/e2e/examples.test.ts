// docs/examples, where no other test applies them.
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { MANIFESTS, NAMESPACE } from './support/webhook.ts'

describeInCluster('docs/examples', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
    const { code, stderr } = await cluster.kubectl(['apply', '-k', MANIFESTS])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return () => cluster.stop()
  })

  test('collector.yaml is about the pods of the Deployment, and takes nothing from them', async () => {
    const apply = ['apply', '--server-side', '--validate=strict', '--warnings-as-errors', '-f']
    const { code, stderr } = await cluster.kubectl([
      ...apply,
      `${ROOT}docs/examples/collector.yaml`,
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const read = async (path: string): Promise<Readonly<Record<string, unknown>>> =>
      (await cluster.ask('GET', path)).body['spec'] as Readonly<Record<string, unknown>>
    const policies = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`
    const ours = await read(`${policies}/portcullis`)
    const added = await read(`${policies}/portcullis-collector`)
    const deployment = await read(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/portcullis`)
    // Policies of the same pods add up, so what goes out by the first one still does.
    expect(added['podSelector']).toEqual(ours['podSelector'])
    expect(added['podSelector']).toEqual(deployment['selector'])
    expect(ours['policyTypes']).toEqual(['Ingress', 'Egress'])
    expect(added['policyTypes']).toEqual(['Egress'])
  })
})
