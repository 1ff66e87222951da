// manifests/ as an API server takes them, and as their README has a newcomer use them.
import { cp, mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { beforeAll, beforeEach, expect, test } from 'vitest'
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

  beforeEach(async () => {
    cluster = await startCluster()
    return () => cluster.stop()
  })

  /** What a newcomer types, in a home of their own, in the order of the page. */
  const readPage = async (): Promise<{
    readonly home: string
    readonly blocks: readonly string[]
    readonly type: (script: string) => Promise<void>
  }> => {
    const home = await mkdtemp(join(cluster.folder, 'home-'))
    await cp(MANIFESTS, join(home, 'manifests'), { recursive: true })
    const text = await readFile(join(MANIFESTS, 'README.md'), 'utf8')
    return {
      home,
      blocks: [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, script = '']) => script),
      type: async (script) => {
        // As if it were installed.
        const command = `portcullis() { '${process.execPath}' '${MAIN}' "$@"; }\n${script}`
        const { code, stderr } = await runShell(command, cluster.binaries.kubectl, cluster, home)
        expect({ script, code, stderr }).toMatchObject({ code: 0 })
      },
    }
  }
  /** No controller here makes pods of the Deployment. */
  const aroundRollout = (script: string): readonly [string, string] => {
    const [before = '', after = '', ...others] = script.split(
      /^ *kubectl .* rollout status deployment\/portcullis$/m,
    )
    expect(others).toEqual([])
    return [before, after]
  }
  const create = async (): Promise<string> => {
    const stdin = JSON.stringify(pod(podSpec({ hostNetwork: true })))
    const args = ['create', '--dry-run=server', '-f', '-']
    const { stdout, stderr } = await cluster.kubectl(args, { stdin })
    return stdout + stderr
  }
  const soon = { timeout: 30_000 }

  test('leads from an empty cluster to a pod that is denied, and back', async () => {
    const { blocks, type } = await readPage()
    expect(blocks).toHaveLength(6)
    const [remove = '', image = '', install = ''] = blocks
    const [untilItRuns, after] = aroundRollout(install)
    expect(after.trim()).toBe('')
    await type(image)
    await type(untilItRuns)
    const webhook = manageReplicas(cluster, '')
    try {
      await webhook.addReplica()
      await expect.poll(create, soon).toContain('no-host-network: hostNetwork must be false')
      await type('kubectl apply -k manifests/')
      expect(await create()).toContain('no-host-network: ')
      await type(remove)
      await expect.poll(create, soon).toContain('pod/app created')
      await type('kubectl apply -f manifests/validatingwebhookconfiguration.yaml')
      await expect.poll(create, soon).toContain('no-host-network: ')
    } finally {
      await webhook.stop()
    }
  })

  test('leads there with a certificate of one’s own, too', async () => {
    const { home, blocks, type } = await readPage()
    const [remove = '', image = '', , certificate = '', start = '', renew = ''] = blocks
    const [untilItRuns, register] = aroundRollout(start)
    expect(register.trim()).not.toBe('')
    await type(image)
    await type(certificate)
    await type(untilItRuns)
    const ca = await readFile(join(home, 'certs/ca.crt'), 'utf8')
    const webhook = manageReplicas(cluster, ca)
    try {
      await webhook.addReplica()
      await type(register)
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
