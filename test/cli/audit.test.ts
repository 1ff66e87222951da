// The cluster here is a script; test/e2e/audit.test.ts has a real one.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { REPORT_SCHEMA } from '../../src/report/report-schema.ts'
import type { Report } from '../../src/report/report.ts'
import { clusterOf, NAMESPACES, type StoredObject } from '../support/audited-cluster.ts'
import { checkedInBundle } from '../support/policies.ts'
import { portcullis, type Run } from '../support/portcullis.ts'
import { type ReportStore, reportStore } from '../support/report-store.ts'
import {
  type Answerer,
  json,
  type ScriptedApiServer,
  startScriptedApiServer,
} from '../support/scripted-api-server.ts'

const PODS = '/api/v1/pods'

let server: ScriptedApiServer
let folder: string

beforeEach(async () => {
  server = await startScriptedApiServer(clusterOf({ [PODS]: [pod('web', true), pod('calm')] }))
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

function pod(name: string, hostNetwork = false, namespace = 'quiet'): StoredObject {
  const container = {
    name: 'app',
    image: 'registry.example.com/core/app:1',
    resources: { limits: { cpu: '100m', memory: '64Mi' } },
  }
  const labels = { app: name, owner: 'team-shop' }
  return { metadata: { name, namespace, labels }, spec: { hostNetwork, containers: [container] } }
}

function audit(...args: readonly string[]): Promise<Run> {
  return portcullis(['audit', '--no-defaults', '--kubeconfig', server.kubeconfig, ...args])
}

async function reportOf(...args: readonly string[]): Promise<Report> {
  const { stdout, stderr } = await audit('-o', 'json', ...args)
  expect(stdout, stderr).not.toBe('')
  return JSON.parse(stdout) as Report
}

function except(path: string, otherwise: Answerer, script: Answerer): Answerer {
  return (url, response, request) =>
    (url.pathname === path ? otherwise : script)(url, response, request)
}

describe('what is found', () => {
  test('is told by namespace, kind and name', async () => {
    const { code, stdout, stderr } = await audit()
    expect(stderr).toBe('')
    expect(stdout).toMatchInlineSnapshot(`
      "quiet/Pod/web: 1 denied

      deny[host-network]: hostNetwork must be false or absent, got true
       --> quiet/Pod/web
        = field: spec.hostNetwork
        = object: Pod quiet/web (v1)
        = binding: no-host-network, severity high
        = help: Remove the field, and reach the pod through a Service.
        = see: https://kubernetes.io/docs/concepts/security/pod-security-standards/

      2 resources, 4 bindings, 4 pairs skipped (2 by namespace, 2 by namespace-selector): 1 denied, 0 warnings
      "
    `)
    expect(code).toBe(1)
  })

  test('is a report as that of files, with the cluster', async () => {
    const report = await reportOf()
    const isValid = new Ajv2020({ allowUnionTypes: true }).compile(REPORT_SCHEMA)
    expect(isValid(report), JSON.stringify(isValid.errors)).toBe(true)
    expect(report.cluster?.server).toMatch(/^https:\/\/127\.0\.0\.1:/)
    expect(report.resources.map(({ file, line }) => [file, line])).toEqual([
      ['quiet/Pod/calm', 1],
      ['quiet/Pod/web', 1],
    ])
    expect(report.findings.map(({ file, policy, path }) => [file, policy, path])).toEqual([
      ['quiet/Pod/web', 'host-network', ['spec', 'hostNetwork']],
    ])
  })

  test('is what check finds in the same objects, with the same fingerprints', async () => {
    const pods = [
      pod('web', true),
      pod('calm'),
      pod('shop', true, 'shop'),
      { ...pod('x'), spec: { containers: [{ name: 'x', image: 'x' }] } },
    ]
    server.answerWith(clusterOf({ [PODS]: pods }))
    const items = pods.map((each) => ({ apiVersion: 'v1', kind: 'Pod', ...each }))
    const namespaces = NAMESPACES.map((each) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      ...each,
    }))
    const file = join(folder, 'objects.json')
    const given = join(folder, 'namespaces.json')
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    await writeFile(given, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: namespaces }))
    const checked = await portcullis([
      'check',
      '--no-defaults',
      '--namespaces',
      given,
      '-o',
      'json',
      file,
    ])
    const key = ({ binding, fingerprint, message }: Report['findings'][number]): string =>
      `${binding} ${fingerprint} ${message}`
    const expected = (JSON.parse(checked.stdout) as Report).findings.map(key).toSorted()
    expect(expected.length).toBeGreaterThan(3)
    expect((await reportOf()).findings.map(key).toSorted()).toEqual(expected)
  })

  test('is in every format without a line that there is not', async () => {
    const formats = ['sarif', 'junit', 'gitlab', 'markdown', 'html']
    const files = formats.map((format) => join(folder, format))
    const outputs = files.flatMap((file) => ['-o', `${basename(file)}=${file}`])
    const { code, stdout, stderr } = await audit('-o', 'github', ...outputs)
    expect(code, stderr).toBe(1)
    expect(stdout).toContain('::error title=host-network%3A Pod quiet/web::hostNetwork must be')
    const [sarif = '', junit, gitlab = '', markdown, html] = await Promise.all(
      files.map((file) => readFile(file, 'utf8')),
    )
    const { runs } = JSON.parse(sarif) as { runs: { results: { locations: object[] }[] }[] }
    expect(runs[0]?.results[0]?.locations).toEqual([
      {
        logicalLocations: [
          { name: 'Pod quiet/web', fullyQualifiedName: 'v1/Pod/quiet/web', kind: 'object' },
        ],
      },
    ])
    expect(junit).toContain('<testsuites name="portcullis audit"')
    expect((JSON.parse(gitlab) as { location: object }[])[0]?.location).toEqual({
      path: 'quiet/Pod/web',
      lines: { begin: 1 },
    })
    expect(markdown).toContain('| <code>spec.hostNetwork</code> |')
    for (const text of [stdout, junit, markdown, html]) expect(text).not.toContain('web:1')
  })

  test('does not count where an exception lets it pass', async () => {
    const { policies, wasm, data } = checkedInBundle()
    const bindings = [{ name: 'no-host-network', policy: 'host-network' }]
    const bundle = join(folder, 'bundle.tgz')
    const exception = {
      name: 'legacy',
      binding: 'no-host-network',
      match: { namespaces: ['quiet'] },
      owner: 'team-a',
      reason: 'goes with the rewrite',
      expires: '2999-12-31',
    }
    const content = { name: 'b', policies, bindings, exceptions: [exception], wasm, data }
    await writeFile(bundle, writeBundle(content))
    const report = await reportOf('--bundle', bundle)
    expect(report.verdict).toBe('clean')
    expect(report.suppressed.map(({ file, suppression }) => [file, suppression])).toMatchObject([
      ['quiet/Pod/web', { kind: 'exception', name: 'legacy' }],
    ])
  })

  test('needs only the resources that bindings can be about', async () => {
    await audit()
    const paths = server.asked.map((each) => each.split('?')[0])
    expect(paths).toContain('/apis/apps/v1/deployments')
    expect(paths.filter((path) => /secrets|log|example\.com/.test(path ?? ''))).toEqual([])
  })

  test('names the context that is wanted', async () => {
    expect((await audit('--context', 'x')).code).toBe(1)
    const { code, stderr } = await audit('--context', 'y')
    expect(code).toBe(2)
    expect(stderr).toContain('has no context `y`, there is `x`')
  })
})

describe('what cannot be read', () => {
  test('is told and ends in 2, and the rest is judged', async () => {
    const forbidden: Answerer = (_, response) =>
      json(response, { message: 'cronjobs is forbidden' }, 403)
    const script = clusterOf({ [PODS]: [pod('web', true)] })
    server.answerWith(except('/apis/batch/v1/cronjobs', forbidden, script))
    const { code, stdout, stderr } = await audit('-o', 'json')
    expect(code).toBe(2)
    expect(stderr).toContain('portcullis: batch/cronjobs cannot be read: ')
    expect(stderr).toContain('403: cronjobs is forbidden')
    const report = JSON.parse(stdout) as Report
    expect(report.verdict).toBe('failed')
    expect(report.findings).toHaveLength(1)
    expect(report.errors.map((each) => each.code)).toEqual(['job/refused'])
  })

  test.each<[string, string, Answerer]>([
    ['Namespaces', '/api/v1/namespaces', (_, response) => json(response, {}, 403)],
    ['discovery', '/apis', (_, response) => json(response, {}, 500)],
    ['a group', '/apis/apps/v1', (_, response) => json(response, {}, 503)],
    ['a page that is no list', PODS, (_, response) => json(response, { metadata: {} })],
    ['a page that breaks off', PODS, (_, response) => response.destroy()],
  ])('%s', async (_, path, otherwise) => {
    const script = clusterOf({ [PODS]: [pod('calm')] })
    server.answerWith(except(path, otherwise, script))
    const { code, stdout, stderr } = await audit('-o', 'json')
    expect(code).toBe(2)
    expect(stderr).toContain('portcullis: ')
    expect((JSON.parse(stdout) as Report).verdict).toBe('failed')
  })

  test('a moment that is forgotten: the list is begun anew, and nothing told twice', async () => {
    const script = clusterOf({ [PODS]: [pod('a', true), pod('b', true), pod('c', true)] })
    let refused = 0
    server.answerWith((url, response, request) => {
      if (url.pathname !== PODS || !url.searchParams.has('continue') || refused++ > 0)
        script(url, response, request)
      else json(response, { message: 'expired' }, 410)
    })
    const report = await reportOf()
    expect(refused).toBe(2)
    expect(report.findings.map(({ file }) => file)).toEqual([
      'quiet/Pod/a',
      'quiet/Pod/b',
      'quiet/Pod/c',
    ])
  })

  test('an API server that is busy is asked again', async () => {
    const script = clusterOf({ [PODS]: [pod('web', true)] })
    let busy = 2
    server.answerWith((url, response, request) => {
      if (url.pathname === PODS && busy-- > 0) json(response, { message: 'busy' }, 429)
      else script(url, response, request)
    })
    const report = await reportOf()
    expect(report.errors).toEqual([])
    expect(report.findings).toHaveLength(1)
  })

  test('a cluster without an object is not clean', async () => {
    server.answerWith(clusterOf({}))
    const { code, stderr } = await audit()
    expect(code).toBe(2)
    expect(stderr).toBe(
      'portcullis: there is no object in the cluster that a binding could be about\n',
    )
  })

  test('a Namespace that came after the others is read by itself', async () => {
    const script = clusterOf({ [PODS]: [pod('web', false, 'new')] })
    const late: Answerer = (_, response) =>
      json(response, { metadata: { name: 'new', labels: { environment: 'production' } } })
    server.answerWith(except('/api/v1/namespaces/new', late, script))
    expect((await reportOf()).errors).toEqual([])
    expect(server.asked).toContain('/api/v1/namespaces/new')
  })
})

describe('shards', () => {
  test('share the objects, each in one', async () => {
    const pods = Array.from({ length: 20 }, (_, i) => pod(`web-${i}`, true))
    server.answerWith(clusterOf({ [PODS]: pods }))
    const all: string[] = []
    for (const index of [0, 1, 2]) {
      const { findings } = await reportOf('--shard', `${index}/3`)
      expect(findings.length).toBeGreaterThan(0)
      all.push(...findings.map(({ file }) => file))
    }
    expect(all.toSorted()).toEqual(pods.map((each) => `quiet/Pod/${each.metadata.name}`).toSorted())
  })

  test('one without objects of its own is clean, and says so', async () => {
    server.answerWith(clusterOf({ [PODS]: [pod('web', true)] }))
    const runs = [await audit('--shard', '0/2'), await audit('--shard', '1/2')]
    expect(new Set(runs.map(({ code }) => code))).toEqual(new Set([0, 1]))
    expect(runs.find(({ code }) => code === 0)?.stderr).toMatch(
      /none of 1 objects is in shard [01]\/2/,
    )
  })

  test.each(['2/2', '1', '-1/2', '0/0', '1/x'])('%s is none', async (shard) => {
    const { code, stderr } = await audit(`--shard=${shard}`)
    expect(code).toBe(2)
    expect(stderr).toContain('`--shard` takes I/N')
  })
})

describe('policy reports', () => {
  const WG = 'wgpolicyk8s.io/v1alpha2'
  const OPEN = 'openreports.io/v1alpha1'
  let store: ReportStore

  function serve(apis: readonly string[], pods: readonly StoredObject[]): void {
    const { reports } = (store as ReportStore | undefined) ?? { reports: new Map() }
    store = reportStore(apis, clusterOf({ [PODS]: pods }))
    for (const [path, report] of reports) store.reports.set(path, report)
    server.answerWith(store.answerer)
  }
  beforeEach(() => {
    store = reportStore([], clusterOf({}))
  })

  test('are one a namespace, with what did not pass', async () => {
    serve([WG], [pod('web', true), pod('calm'), pod('shop', false, 'shop')])
    const { code, stderr } = await audit('--policy-reports')
    expect(code).toBe(1)
    expect(stderr).toBe('portcullis: 2 policy reports written\n')
    const path = `/apis/${WG}/namespaces/quiet/policyreports/portcullis`
    expect([...store.reports.keys()]).toEqual([
      path,
      `/apis/${WG}/namespaces/shop/policyreports/portcullis`,
    ])
    const report = store.reports.get(path)
    const [result] = report?.results ?? []
    expect({
      ...report,
      results: [{ ...result, timestamp: typeof result?.['timestamp'] }],
    }).toMatchInlineSnapshot(`
      {
        "apiVersion": "wgpolicyk8s.io/v1alpha2",
        "kind": "PolicyReport",
        "metadata": {
          "labels": {
            "app.kubernetes.io/managed-by": "portcullis",
            "portcullis.dev/shard": "0-of-1",
          },
          "name": "portcullis",
          "namespace": "quiet",
        },
        "results": [
          {
            "message": "hostNetwork must be false or absent, got true",
            "policy": "host-network",
            "properties": {
              "action": "Deny",
              "field": "spec.hostNetwork",
              "fingerprint": "c60235c9748629e85dc9d5dc13cc8f88",
            },
            "resources": [
              {
                "apiVersion": "v1",
                "kind": "Pod",
                "name": "web",
                "namespace": "quiet",
              },
            ],
            "result": "fail",
            "rule": "no-host-network",
            "scored": true,
            "severity": "high",
            "source": "portcullis",
            "timestamp": "object",
          },
        ],
        "summary": {
          "error": 0,
          "fail": 1,
          "pass": 3,
          "skip": 0,
          "warn": 0,
        },
      }
    `)
  })

  test('are taken back when nothing is found any more, or the object is gone', async () => {
    serve([WG], [pod('web', true), pod('shop', false, 'shop')])
    await audit('--policy-reports')
    serve([WG], [pod('web')])
    await audit('--policy-reports')
    const [report, ...others] = [...store.reports.values()]
    expect(others).toEqual([])
    expect(report?.summary).toEqual({ pass: 2, fail: 0, warn: 0, error: 0, skip: 0 })
    expect(report?.results).toEqual([])
  })

  test('are OpenReports where the cluster serves them, and the others taken back', async () => {
    serve([WG], [pod('web', true)])
    await audit('--policy-reports')
    serve([OPEN, WG], [pod('web', true)])
    await audit('--policy-reports')
    expect([...store.reports.keys()]).toEqual([`/apis/${OPEN}/namespaces/quiet/reports/portcullis`])
  })

  test('of shards stand side by side, and go when there are others', async () => {
    const pods = Array.from({ length: 8 }, (_, i) => pod(`web-${i}`, true))
    serve([WG], pods)
    await audit('--policy-reports', '--shard', '0/2')
    await audit('--policy-reports', '--shard', '1/2')
    expect([...store.reports.values()].map(({ metadata }) => metadata.name)).toEqual([
      'portcullis-0-of-2',
      'portcullis-1-of-2',
    ])
    const failed = [...store.reports.values()].map(({ summary }) => summary['fail'] ?? 0)
    expect(failed.reduce((sum, each) => sum + each, 0)).toBe(8)
    await audit('--policy-reports')
    expect([...store.reports.values()].map(({ metadata }) => metadata.name)).toEqual(['portcullis'])
  })

  test('are left as they are by a run that could not read everything', async () => {
    serve([WG], [pod('web', true)])
    await audit('--policy-reports')
    const before = [...store.reports]
    const forbidden: Answerer = (_, response) => json(response, {}, 403)
    server.answerWith(except(PODS, forbidden, store.answerer))
    const { code, stderr } = await audit('--policy-reports')
    expect(code).toBe(2)
    expect(stderr).toContain('no policy report is written')
    expect([...store.reports]).toEqual(before)
  })

  test('cannot be written where the cluster serves none', async () => {
    serve([], [pod('web')])
    const { code, stderr } = await audit('--policy-reports')
    expect(code).toBe(2)
    expect(stderr).toContain(`serves neither ${OPEN} nor ${WG}`)
  })
})
