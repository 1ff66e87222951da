// docs/examples/audit.yaml as a cluster runs it: pods of its Job, with the service account's token that the kubelet keeps fresh.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { loadAll } from 'js-yaml'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'
import { askApi } from './support/api-client.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { type PodOptions, type PodSpec, startPod } from './support/pod.ts'
import { waitFor } from './support/processes.ts'
import { OPEN_REPORTS, POLICY_REPORTS, reportDefinitions } from './support/report-definitions.ts'
import { startSlowRelay } from './support/slow-relay.ts'
import { NAMESPACE } from './support/webhook.ts'
import { deployment, pod, podSpec } from './support/workloads.ts'

const EXAMPLE = `${ROOT}docs/examples/audit.yaml`
/** Of all that the example makes. */
const NAME = 'portcullis-audit'
const WHO = `system:serviceaccount:${NAMESPACE}:${NAME}`
const CLUSTER_ROLE = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`
const SOON = { timeout: 60_000, interval: 250 }
const PODS = 24
/** For so long the client library takes a token for good without looking at its file. */
const TOKEN_IS_KEPT_MS = 60_000

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

interface JobSpec {
  readonly completions: number
  readonly template: { readonly metadata: object; readonly spec: PodSpec }
}

interface Ended {
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

describeInCluster('audit as the example’s pods', () => {
  let cluster: Cluster
  let rules: readonly Rule[]

  beforeAll(async () => {
    cluster = await startCluster()
    const [, role] = loadAll(await readFile(EXAMPLE, 'utf8'))
    rules = (role as { readonly rules: readonly Rule[] }).rules
    await cluster.apply(
      namespace('dev'),
      namespace(NAMESPACE, { 'pod-security.kubernetes.io/enforce': 'restricted' }),
      deployment(podSpec({ hostNetwork: true }), { name: 'web', namespace: 'dev' }),
      ...Array.from({ length: PODS }, (_, number) =>
        pod(podSpec({ hostNetwork: true }), { name: `app-${number}`, namespace: 'dev' }),
      ),
    )
    return () => cluster.stop()
  })
  beforeEach(() => applyExample())

  const applyExample = async (): Promise<void> => {
    const apply = ['apply', '--validate=strict', '--warnings-as-errors', '-f', EXAMPLE]
    expect(await cluster.kubectl(apply)).toMatchObject({ code: 0, stderr: '' })
  }
  const serveReports = async (api: string): Promise<void> => {
    await cluster.apply(...reportDefinitions(api))
    // Its group is served a while before its objects are.
    for (const kind of PLURALS[api] ?? []) {
      const path = `/apis/${api}/${kind}`
      await waitFor('served', async () => (await cluster.ask('GET', path)).code === 200)
    }
  }
  const readJob = async (): Promise<JobSpec> => {
    const path = `/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs/${NAME}`
    const { spec } = (await cluster.ask('GET', path)).body as unknown as {
      readonly spec: { readonly jobTemplate: { readonly spec: JobSpec } }
    }
    return spec.jobTemplate.spec
  }
  const start = (job: JobSpec, index: number, options: PodOptions = {}) =>
    startPod(cluster, NAMESPACE, job.template.spec, {
      ...options,
      env: { JOB_COMPLETION_INDEX: String(index) },
    })
  const run = async (job: JobSpec, index = 0, options: PodOptions = {}): Promise<Ended> => {
    const { running, pod: network } = await start(job, index, options)
    const code = await running.ended
    await network.remove()
    return { code, stdout: running.stdout(), stderr: running.stderr() }
  }
  const reports = async (api: string, kind: string): Promise<readonly PolicyReport[]> => {
    const { body } = await cluster.ask('GET', `/apis/${api}/${kind}`)
    return (body as unknown as { readonly items: readonly PolicyReport[] }).items
  }

  test('its pod is one that the pod security of its Namespace admits', async () => {
    const { template } = await readJob()
    const metadata = { ...template.metadata, name: NAME, namespace: NAMESPACE }
    const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec }
    const path = `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`
    const { code, warnings, body } = await cluster.ask('POST', path, { body: object })
    expect({ code, warnings, message: body.message }).toEqual({ code: 201, warnings: [] })
  })

  test('without the definitions of policy reports it says what it lacks', async () => {
    const { code, stderr } = await run(await readJob())
    expect(code).toBe(2)
    expect(stderr).toContain('install the CustomResourceDefinitions')
  })

  describe('with policy reports', () => {
    beforeAll(() => serveReports(POLICY_REPORTS))

    test('an Indexed Job of three finds everything once', async () => {
      const text = (await readFile(EXAMPLE, 'utf8'))
        .replace('completions: 1', 'completions: 3')
        .replace('parallelism: 1', 'parallelism: 3')
        .replace('(JOB_COMPLETION_INDEX)/1', '(JOB_COMPLETION_INDEX)/3')
      const apply = ['apply', '--validate=strict', '-f', '-']
      expect(await cluster.kubectl(apply, { stdin: text })).toMatchObject({ code: 0 })
      const job = await readJob()
      expect(job.completions).toBe(3)
      const ended = await Promise.all([0, 1, 2].map((index) => run(job, index)))
      expect(ended.map(({ code }) => code)).toEqual([1, 1, 1])
      const written = await reports(POLICY_REPORTS, 'policyreports')
      const own = written.filter(({ metadata }) => metadata.namespace === 'dev')
      expect(own.map(({ metadata }) => metadata.name).toSorted()).toEqual([
        'portcullis-0-of-3',
        'portcullis-1-of-3',
        'portcullis-2-of-3',
      ])
      expect(own.reduce((sum, { summary }) => sum + summary.fail, 0)).toBe(PODS + 1)
      // One pod for all again: what the three wrote goes.
      await applyExample()
      expect((await run(await readJob())).code).toBe(1)
      const after = await reports(POLICY_REPORTS, 'policyreports')
      expect(after.map(({ metadata }) => metadata.name)).toContain('portcullis')
      expect(after.filter(({ metadata }) => metadata.name.includes('-of-'))).toEqual([])
    })

    test('takes longer than its first token lives, and judges in a Namespace that came meanwhile', async () => {
      const relay = await startSlowRelay(cluster, 8_000)
      const bound = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque' }
      const secrets = ['first-token', 'second-token']
      await cluster.apply(
        ...secrets.map((name) => ({ ...bound, metadata: { name, namespace: NAMESPACE } })),
      )
      // A token is good for as long as what it is bound to is there.
      let number = 0
      const tokenArgs = () => [
        '--bound-object-kind=Secret',
        `--bound-object-name=${secrets[number++]}`,
      ]
      const begun = (await cluster.auditEvents()).length
      const job = await readJob()
      const {
        running,
        pod: network,
        sync,
      } = await start(job, 0, {
        apiServer: relay,
        tokenArgs,
      })
      try {
        const asked = async (): Promise<readonly string[]> =>
          (await cluster.auditEvents())
            .slice(begun)
            .filter(({ user }) => user.username === WHO)
            .map(({ requestURI }) => requestURI)
        const first = await readFile(tokenFile(cluster, network.address), 'utf8')
        const isGood = async (): Promise<boolean> =>
          (await askApi(cluster, first, 'GET', '/api')).code === 200
        // By then it has read its token.
        await expect.poll(async () => (await asked()).length, SOON).toBeGreaterThan(0)
        const isKept = setTimeout(TOKEN_IS_KEPT_MS)
        expect(await isGood()).toBe(true)
        await sync()
        await expect.poll(async () => (await asked()).join('\n'), SOON).toMatch(/\/namespaces\?/)
        await cluster.apply(
          namespace('late'),
          pod(podSpec({ hostNetwork: true }), { name: 'late', namespace: 'late' }),
        )
        await isKept
        const gone = `/api/v1/namespaces/${NAMESPACE}/secrets/${secrets[0]}`
        expect((await cluster.ask('DELETE', gone)).code).toBe(200)
        await expect.poll(isGood, SOON).toBe(false)
        expect(running.process.exitCode).toBeNull()
        const before = (await asked()).length
        relay.hurry()
        expect(await running.ended, running.stderr()).toBe(1)
        const after = (await asked()).slice(before)
        expect(after.length).toBeGreaterThan(0)
        expect(await asked()).toContain('/api/v1/namespaces/late')
        const written = await reports(POLICY_REPORTS, 'policyreports')
        const late = written.filter(({ metadata }) => metadata.namespace === 'late')
        expect(late.map(({ summary }) => summary.fail)).toEqual([1])
      } finally {
        running.process.kill('SIGKILL')
        relay.stop()
        await network.remove()
        await cluster.ask('DELETE', '/api/v1/namespaces/late')
      }
    }, 300_000)

    describe('with less than the ClusterRole gives', () => {
      test('it may not list Namespaces, and judges nothing', async () => {
        await without('', 'namespaces', 'list')
        const { code, stderr } = await run(await readJob())
        expect(code).toBe(2)
        expect(stderr).toContain('GET /api/v1/namespaces is refused with 403')
      })

      test.each([
        ['', 'pods'],
        ['', 'podtemplates'],
        ['', 'replicationcontrollers'],
        ['apps', 'daemonsets'],
        ['apps', 'deployments'],
        ['apps', 'replicasets'],
        ['apps', 'statefulsets'],
        ['batch', 'cronjobs'],
        ['batch', 'jobs'],
      ])('it says that it may not read %s/%s, and writes no report', async (group, resource) => {
        await without(group, resource, 'list')
        const { code, stderr } = await run(await readJob())
        expect(code).toBe(2)
        const name = group === '' ? resource : `${group}/${resource}`
        expect(stderr).toContain(`${name} cannot be read: `)
        expect(stderr).toContain('no policy report is written')
      })

      test.each([
        [POLICY_REPORTS, 'policyreports'],
        [OPEN_REPORTS, 'reports'],
      ])(
        'it cannot write what is to be written, nor remove what is stale: %s',
        async (api, kind) => {
          await serveReports(api)
          const group = api.split('/')[0] ?? ''
          const path = `/apis/${api}/namespaces/dev/${kind}`
          const stale = {
            'app.kubernetes.io/managed-by': 'portcullis',
            'portcullis.dev/shard': '0-of-9',
          }
          for (const [verb, resource, asked] of [
            ['list', kind, 'GET'],
            ['list', `cluster${kind}`, 'GET'],
            ['create', kind, 'PATCH'],
            ['patch', kind, 'PATCH'],
            ['delete', kind, 'DELETE'],
          ] as const) {
            await cluster.ask('DELETE', path)
            if (verb === 'delete') {
              const metadata = { name: 'stale', namespace: 'dev', labels: stale }
              await cluster.apply({ apiVersion: api, kind: KINDS[kind], metadata })
            }
            await without(group, resource, verb)
            const { code, stderr } = await run(await readJob())
            expect({ verb, resource, code }).toEqual({ verb, resource, code: 2 })
            expect(stderr).toMatch(
              new RegExp(`${asked} /apis/${group}/.*${resource}.* is refused with 403`),
            )
            await applyExample()
          }
        },
      )
    })
  })

  test('every right of the ClusterRole is one of those above', () => {
    const of = (rule: Rule): string =>
      [rule.apiGroups, rule.resources, rule.verbs].map((each) => each.join()).join(' ')
    expect(rules.map(of)).toEqual([
      ' namespaces get,list',
      ' pods,podtemplates,replicationcontrollers list',
      'apps daemonsets,deployments,replicasets,statefulsets list',
      'batch cronjobs,jobs list',
      'wgpolicyk8s.io policyreports,clusterpolicyreports list,create,patch,delete',
      'openreports.io reports,clusterreports list,create,patch,delete',
    ])
  })

  /** Takes one right from the example's ClusterRole. */
  async function without(group: string, resource: string, verb: string): Promise<void> {
    const left = rules.flatMap((rule) => {
      if (!rule.apiGroups.includes(group) || !rule.resources.includes(resource)) return rule
      const others = rule.resources.filter((each) => each !== resource)
      const verbs = rule.verbs.filter((each) => each !== verb)
      return [
        ...(others.length > 0 ? [{ ...rule, resources: others }] : []),
        ...(verbs.length > 0 ? [{ ...rule, resources: [resource], verbs }] : []),
      ]
    })
    const body = [{ op: 'replace', path: '/rules', value: left }]
    const type = 'application/json-patch+json'
    expect((await cluster.ask('PATCH', CLUSTER_ROLE, { body, type })).code).toBe(200)
    const name = group === '' ? resource : `${resource}.${group}`
    const ask = ['auth', 'can-i', verb, name, '--all-namespaces', `--as=${WHO}`]
    await expect.poll(async () => (await cluster.kubectl(ask)).stdout.trim(), SOON).toBe('no')
  }
})

const PLURALS: Readonly<Record<string, readonly string[]>> = {
  [POLICY_REPORTS]: ['policyreports', 'clusterpolicyreports'],
  [OPEN_REPORTS]: ['reports', 'clusterreports'],
}
const KINDS: Readonly<Record<string, string>> = { policyreports: 'PolicyReport', reports: 'Report' }

interface PolicyReport {
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly summary: { readonly fail: number }
}

function namespace(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function tokenFile({ folder }: Cluster, address: string): string {
  return join(folder, address, 'token/token')
}
