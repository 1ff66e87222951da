// `portcullis audit` of a real API server. PORTCULLIS_AUDIT_PODS says how many pods there are: 2,000 take a quarter of a minute to
// make, 10,000 more than one.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Report, ReportFinding } from '../../src/report/report.ts'
import { portcullis, ROOT, type Run } from '../support/portcullis.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { OPEN_REPORTS, POLICY_REPORTS, reportDefinitions } from './support/report-definitions.ts'
import { container, cronJob, deployment, pod, podSpec, type Workload } from './support/workloads.ts'

const COUNT = Number(process.env['PORTCULLIS_AUDIT_PODS'] ?? '2000')
const AT_ONCE = 16
/** Of all that the example makes. */
const NAME = 'portcullis-audit'
const EXAMPLE = `${ROOT}docs/examples/audit.yaml`
const NAMESPACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dev: {},
  shop: { environment: 'production' },
  'core-billing': {},
}
const NAMES = Object.keys(NAMESPACES)

describeInCluster('audit', () => {
  let cluster: Cluster
  let kubeconfig: string
  /** What check finds in what kubectl gets. */
  let expected: readonly string[]

  beforeAll(async () => {
    cluster = await startCluster()
    kubeconfig = join(cluster.folder, 'two-contexts')
    await writeContexts(cluster, kubeconfig)
    const namespaces = Object.entries(NAMESPACES).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    }))
    await cluster.apply(
      ...namespaces,
      placed(deployment(podSpec({ hostNetwork: true })), 'web', 'shop'),
      placed(cronJob(podSpec({ hostNetwork: true })), 'nightly', 'dev'),
    )
    await createPods(cluster, COUNT)
    expected = await check(cluster)
    return () => cluster.stop()
  }, 600_000)

  test(`finds in ${COUNT} pods and their owners what check finds, and nothing else`, async () => {
    const report = await audit()
    expect(report.errors).toEqual([])
    expect(report.resources.length).toBe(COUNT + 2)
    expect(expected.length).toBeGreaterThan(COUNT / 2)
    expect(keysOf(report.findings)).toEqual(expected)
  })

  test('lets go of the objects: the findings of all of them fit into a small heap', async () => {
    const run = await runAudit(['-o', 'json'], { NODE_OPTIONS: '--max-old-space-size=96' })
    expect(run.code, run.stderr).toBe(1)
  })

  test('in shards finds the same, each in one of them', async () => {
    const shards = [
      await audit('--shard=0/3'),
      await audit('--shard=1/3'),
      await audit('--shard=2/3'),
    ]
    for (const { resources } of shards) expect(resources.length).toBeGreaterThan(COUNT / 5)
    expect(keysOf(shards.flatMap(({ findings }) => findings))).toEqual(expected)
  })

  test('says what it may not read', async () => {
    const before = await runAudit(['--context', 'jane', '-o', 'json'])
    expect(before.code).toBe(2)
    expect(before.stderr).toContain('is refused with 403')
    await cluster.apply(...readerOf(['', 'apps'], ['namespaces', 'pods', 'deployments']))
    const partly = await runAudit(['--context', 'jane', '-o', 'json'])
    expect(partly.code).toBe(2)
    expect(partly.stderr).toContain('batch/cronjobs cannot be read: ')
    expect(partly.stderr).not.toContain('pods cannot be read: ')
  })

  test('runs with the rights that the example gives', async () => {
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'portcullis-system',
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    })
    const applied = await cluster.kubectl(['apply', '--validate=strict', '-f', EXAMPLE])
    expect(applied.code, applied.stderr).toBe(0)
    const { stdout } = await cluster.kubectl(['create', 'token', NAME, '-n', 'portcullis-system'])
    await writeContexts(cluster, kubeconfig, stdout.trim())
    const { findings, errors } = await audit('--context', NAME)
    expect(errors).toEqual([])
    expect(
      keysOf(findings.filter(({ resource }) => resource.namespace !== 'portcullis-system')),
    ).toEqual(expected)
  })

  test.each([POLICY_REPORTS, OPEN_REPORTS])('writes %s', async (api) => {
    await cluster.apply(...reportDefinitions(api))
    const kind = api === OPEN_REPORTS ? 'reports' : 'policyreports'
    await expect
      .poll(async () => (await cluster.ask('GET', `/apis/${api}/${kind}`)).code, {
        timeout: 30_000,
      })
      .toBe(200)
    const args = ['--context', NAME, '-o', 'json', '--policy-reports']
    const { code, stderr } = await runAudit(args)
    expect(code, stderr).toBe(1)
    expect(stderr).toMatch(/\d+ policy reports written/)
    const reports = await policyReports(api, kind)
    const inNamespaces = NAMES.map((name) =>
      reports.filter(({ metadata }) => metadata.namespace === name),
    )
    expect(inNamespaces.every(({ length }) => length > 0)).toBe(true)
    const failed = inNamespaces.flat().reduce((sum, { summary }) => sum + summary.fail, 0)
    expect(failed).toBe(expected.length)
    // Those of the other group have gone.
    if (api === OPEN_REPORTS) {
      expect(await policyReports(POLICY_REPORTS, 'policyreports')).toEqual([])
    }
  })

  test('takes back reports of what is gone', async () => {
    for (const path of ['/apis/batch/v1/namespaces/dev/cronjobs', '/api/v1/namespaces/dev/pods']) {
      expect((await cluster.ask('DELETE', path)).code).toBe(200)
    }
    const { code, stderr } = await runAudit(['-o', 'json', '--policy-reports'])
    expect(code, stderr).toBe(1)
    const reports = await policyReports(OPEN_REPORTS, 'reports')
    const namespaces = reports.map(({ metadata }) => metadata.namespace)
    expect(namespaces).toContain('shop')
    expect(namespaces).not.toContain('dev')
  }, 600_000)

  function runAudit(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    return portcullis(['audit', '--no-defaults', '--kubeconfig', kubeconfig, ...args], { env })
  }

  async function audit(...args: readonly string[]): Promise<Report> {
    const { stdout, stderr, code } = await runAudit(['-o', 'json', ...args])
    expect(code, stderr).toBe(1)
    return JSON.parse(stdout) as Report
  }

  async function policyReports(
    api: string,
    kind: string,
  ): Promise<
    readonly {
      readonly metadata: { readonly namespace?: string }
      readonly summary: { readonly fail: number }
    }[]
  > {
    const { stdout } = await cluster.kubectl([
      'get',
      `${kind}.${api.split('/')[0] ?? ''}`,
      '--all-namespaces',
      '-o',
      'json',
    ])
    return (JSON.parse(stdout) as { items: Awaited<ReturnType<typeof policyReports>> }).items
  }
})

function keysOf(findings: readonly ReportFinding[]): readonly string[] {
  return findings
    .map(({ binding, action, message, path, resource, fingerprint }) =>
      JSON.stringify([binding, action, message, path, resource, fingerprint]),
    )
    .toSorted()
}

async function check(cluster: Cluster): Promise<readonly string[]> {
  const args = ['check', '--no-defaults', '-o', 'json']
  for (const [name, what] of [
    ['namespaces', 'namespaces'],
    ['objects', 'pods,deployments,cronjobs'],
  ] as const) {
    const { stdout } = await cluster.kubectl(['get', what, '--all-namespaces', '-o', 'json'])
    const path = join(cluster.folder, `${name}.json`)
    await writeFile(path, stdout)
    args.push(...(name === 'namespaces' ? ['--namespaces', path] : [path]))
  }
  const { stdout, stderr, code } = await portcullis(args)
  expect(code, stderr).toBe(1)
  return keysOf((JSON.parse(stdout) as Report).findings)
}

async function createPods(cluster: Cluster, count: number): Promise<void> {
  const specs = [
    podSpec(),
    podSpec({ hostNetwork: true }),
    podSpec({ containers: [container({ image: 'docker.io/library/nginx' })] }),
    podSpec({ containers: [container({ resources: {} })], hostPID: true }),
  ]
  let next = 0
  const create = async (): Promise<void> => {
    while (next < count) {
      const number = next++
      const namespace = NAMES[number % NAMES.length] ?? ''
      const body = placed(pod(specs[number % specs.length]), `app-${number}`, namespace)
      const { code } = await cluster.ask('POST', `/api/v1/namespaces/${namespace}/pods`, { body })
      expect(code).toBe(201)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, create))
}

function placed(workload: Workload, name: string, namespace: string): Workload {
  return { ...workload, metadata: { ...workload.metadata, name, namespace } }
}

/** Lets jane read. */
function readerOf(groups: readonly string[], resources: readonly string[]): readonly object[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const metadata = { name: 'portcullis-audit' }
  const rules = [{ apiGroups: groups, resources, verbs: ['get', 'list'] }]
  return [
    { apiVersion, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
    },
  ]
}

/** The cluster's kubeconfig, with a context for each user, and one for the example's service account. */
async function writeContexts(cluster: Cluster, path: string, token?: string): Promise<void> {
  const config = JSON.parse(await readFile(cluster.kubeconfig, 'utf8')) as {
    readonly users: readonly { readonly name: string }[]
  }
  const users = [...config.users, { name: NAME, user: { token } }]
  const contexts = users.map(({ name: user }) => ({
    name: user,
    context: { cluster: 'e2e', user },
  }))
  await writeFile(path, JSON.stringify({ ...config, users, contexts, 'current-context': 'admin' }))
}
