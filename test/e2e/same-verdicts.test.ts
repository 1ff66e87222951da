// The webhook behind an API server and `portcullis check` find the same in the same objects: the policies' samples, and the
// example of the docs. Texts may differ: the API server writes quantities its own way, and makes 0 or "" of null.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { fieldPath } from '../../src/admission/field-path.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { toJson } from '../../src/yaml/json-writer.ts'
import { POLICIES } from '../support/policies.ts'
import { portcullis, ROOT } from '../support/portcullis.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { installWebhook } from './support/webhook.ts'

interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

interface Report {
  readonly findings: readonly {
    readonly file: string
    readonly binding: string
    readonly policy: string
    readonly path?: readonly (string | number)[]
  }[]
  readonly errors: readonly unknown[]
}

const NAMESPACES = {
  dev: {},
  shop: { environment: 'production' },
  'core-billing': {},
  'core-shop': { environment: 'production' },
}
const RESOURCES: Readonly<Record<string, string>> = {
  'v1 Pod': 'api/v1/namespaces/NAMESPACE/pods',
  'v1 PodTemplate': 'api/v1/namespaces/NAMESPACE/podtemplates',
  'v1 ReplicationController': 'api/v1/namespaces/NAMESPACE/replicationcontrollers',
  'apps/v1 Deployment': 'apis/apps/v1/namespaces/NAMESPACE/deployments',
  'apps/v1 ReplicaSet': 'apis/apps/v1/namespaces/NAMESPACE/replicasets',
  'apps/v1 StatefulSet': 'apis/apps/v1/namespaces/NAMESPACE/statefulsets',
  'apps/v1 DaemonSet': 'apis/apps/v1/namespaces/NAMESPACE/daemonsets',
  'batch/v1 Job': 'apis/batch/v1/namespaces/NAMESPACE/jobs',
  'batch/v1 CronJob': 'apis/batch/v1/namespaces/NAMESPACE/cronjobs',
}

describeInCluster('the webhook and check', () => {
  let cluster: Cluster
  let objects: ReadonlyMap<string, KubernetesObject>

  beforeAll(async () => {
    objects = await readObjects()
    cluster = await startCluster()
    const webhook = await installWebhook(cluster, { namespaces: NAMESPACES })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  describe.each(Object.keys(NAMESPACES))('in namespace %s', (namespace) => {
    test('find the same', async () => {
      const folder = join(cluster.folder, 'objects', namespace)
      const atAdmission = new Map<string, readonly string[]>()
      await mkdir(folder, { recursive: true })
      for (const [name, object] of objects) {
        const placed = { ...object, metadata: { ...object.metadata, namespace } }
        const found = await admit(placed, namespace)
        if (found === undefined) continue
        await writeFile(join(folder, `${name}.json`), JSON.stringify(placed))
        atAdmission.set(name, found)
      }
      // Those that the API server itself refuses are for others to test.
      expect(atAdmission.size).toBeGreaterThan(objects.size / 2)
      const inFiles = await check(folder)
      const differences = [...atAdmission]
        .map(([name, found]) => ({ name, atAdmission: found, inFiles: inFiles.get(name) ?? [] }))
        .filter((each) => each.atAdmission.join() !== each.inFiles.join())
      expect(differences).toEqual([])
    })
  })

  /** Which policy and binding found fault where; undefined where the API server does not get to ask the webhook. */
  async function admit(
    object: KubernetesObject,
    namespace: string,
  ): Promise<readonly string[] | undefined> {
    const resource = RESOURCES[`${object.apiVersion} ${object.kind}`]
    if (resource === undefined) throw new Error(`what is a ${object.apiVersion} ${object.kind}?`)
    const path = `/${resource.replace('NAMESPACE', namespace)}?dryRun=All`
    const { code, body } = await cluster.ask('POST', path, { body: object })
    if (code === 201) return []
    if (code === 422 || code === 400) return undefined
    expect(code, body.message).toBe(403)
    const causes = body.details?.causes ?? []
    return causes
      .map(({ reason, message, field }) => `${reason}, ${message?.split(':')[0]}, ${field}`)
      .toSorted()
  }

  /** The same, by the name of the object. */
  async function check(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const list = await cluster.kubectl(['get', 'namespaces', '-o', 'yaml'])
    const namespaces = join(cluster.folder, 'namespaces.yaml')
    await writeFile(namespaces, list.stdout)
    const args = ['check', '--no-defaults', '-o', 'json', '--namespaces', namespaces, folder]
    const { stdout, stderr, code } = await portcullis(args)
    expect(code, stderr).toBe(1)
    const report = JSON.parse(stdout) as Report
    expect(report.errors).toEqual([])
    const found = new Map<string, string[]>()
    for (const { file, binding, policy, path } of report.findings) {
      const name = basename(file, '.json')
      const field = path === undefined ? undefined : fieldPath(path)
      found.set(name, [...(found.get(name) ?? []), `${policy}, ${binding}, ${field}`].toSorted())
    }
    return found
  }
})

/** By a name that is a file's, too. */
async function readObjects(): Promise<Map<string, KubernetesObject>> {
  const objects = new Map<string, KubernetesObject>()
  const samples = (await readdir(POLICIES, { recursive: true })).filter((path) =>
    /samples\/.*\.yaml$/.test(path),
  )
  const files = [...samples.map((path) => join(POLICIES, path)), `${ROOT}docs/examples/shop.yaml`]
  for (const path of files) {
    const { documents } = readYaml(createSourceFile(path, await readFile(path, 'utf8')))
    for (const [index, { root }] of documents.entries()) {
      const object = root === undefined ? {} : (JSON.parse(toJson(root)) as KubernetesObject)
      if (`${object.apiVersion} ${object.kind}` in RESOURCES) {
        objects.set(`${path.slice(ROOT.length).replaceAll('/', '_')}-${index}`, object)
      }
    }
  }
  return objects
}
