// manifests/ as an API server takes them, and as their README has a newcomer use them.
import { cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { beforeAll, expect, test } from 'vitest'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { MAIN } from '../support/portcullis.ts'
import { runShell } from './support/kubectl.ts'
import { manageReplicas, MANIFESTS, NAMESPACE } from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

describeInCluster('manifests/', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
    return () => cluster.stop()
  })

  test('has no field that the API server does not know, and nothing it warns of', async () => {
    const apply = ['apply', '--server-side', '--validate=strict', '--warnings-as-errors']
    const { code, stderr } = await cluster.kubectl([...apply, '-k', MANIFESTS])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'portcullis'])
  })

  test('has a pod that its own Namespace’s pod security admits', async () => {
    const text = await readFile(join(MANIFESTS, 'deployment.yaml'), 'utf8')
    const { spec } = load(text) as { spec: { template: { metadata: object; spec: object } } }
    const { template } = spec
    const own = pod({ ...template.spec }, { ...template.metadata, name: 'portcullis-1' })
    const create = (object: object) => {
      const stdin = JSON.stringify(object)
      const args = ['create', '-n', NAMESPACE, '--dry-run=server', '-f', '-']
      return cluster.kubectl(args, { stdin })
    }
    expect(await create(own)).toMatchObject({ code: 0, stderr: '' })
    // The Namespace does hold its pods to it.
    const loose = pod(podSpec(), { name: 'portcullis-2' })
    expect((await create(loose)).stderr).toContain('violates PodSecurity "restricted:latest"')
  })

  test('monitoring/ fits definitions of the kinds that it needs', async () => {
    await cluster.apply(definition('PodMonitor'), definition('PrometheusRule'))
    const apply = ['apply', '--server-side', '-k', join(MANIFESTS, 'monitoring')]
    const isApplied = async (): Promise<number | null> => (await cluster.kubectl(apply)).code
    // A new kind is served by and by.
    await expect.poll(isApplied, { timeout: 30_000 }).toBe(0)
  })
})

describeInCluster('manifests/README.md', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
    return () => cluster.stop()
  })

  test('leads from an empty cluster to a pod that is denied, and back', async () => {
    const home = join(cluster.folder, 'home')
    await mkdir(home)
    await cp(MANIFESTS, join(home, 'manifests'), { recursive: true })
    const type = async (script: string): Promise<void> => {
      // As if it were installed.
      const command = `portcullis() { '${process.execPath}' '${MAIN}' "$@"; }\n${script}`
      const { code, stderr } = await runShell(command, cluster.binaries.kubectl, cluster, home)
      expect({ script, code, stderr }).toMatchObject({ code: 0 })
    }
    const text = await readFile(join(MANIFESTS, 'README.md'), 'utf8')
    const [remove = '', image = '', certificate = '', start = '', renew = '', ...others] = [
      ...text.matchAll(/```sh\n(.*?)```/gs),
    ].map(([, script]) => script)
    expect(others).toEqual([])
    // No controller here makes pods of the Deployment.
    const wait = /^ *kubectl .* rollout status deployment\/portcullis$/m
    const [untilItRuns = '', register = ''] = start.split(wait)
    expect(register.trim()).not.toBe('')

    await type(image)
    await type(certificate)
    await type(untilItRuns)
    const ca = await readFile(join(home, 'certs/ca.crt'), 'utf8')
    const webhook = manageReplicas(cluster, ca)
    try {
      await webhook.addReplica()
      await type(register)
      const create = async (): Promise<string> => {
        const stdin = JSON.stringify(pod(podSpec({ hostNetwork: true })))
        const args = ['create', '--dry-run=server', '-f', '-']
        const { stdout, stderr } = await cluster.kubectl(args, { stdin })
        return stdout + stderr
      }
      const soon = { timeout: 30_000 }
      await expect.poll(create, soon).toContain('no-host-network: hostNetwork must be false')
      await type('kubectl apply -k manifests/')
      expect(await create()).toContain('no-host-network: ')
      const secret = ['get', 'secret', 'portcullis-tls', '-n', NAMESPACE, '-o', 'json']
      const before = await cluster.kubectl(secret)
      await type(renew)
      const renewed = JSON.parse((await cluster.kubectl(secret)).stdout) as {
        readonly data: Readonly<Record<string, string>>
      }
      expect(before.stdout).not.toContain(renewed.data['tls.crt'])
      expect(Buffer.from(renewed.data['tls.crt'] ?? '', 'base64').toString()).toBe(
        await readFile(join(home, 'certs/tls.crt'), 'utf8'),
      )
      await type(remove)
      await expect.poll(create, soon).toContain('pod/app created')
    } finally {
      await webhook.stop()
    }
  })
})

/** A kind of the Prometheus operator, its fields unchecked. */
function definition(kind: string): object {
  const group = 'monitoring.coreos.com'
  const plural = `${kind.toLowerCase()}s`
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  }
}
