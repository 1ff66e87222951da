// One bundle, one verdict: the webhook over HTTPS and `check` on a file must find the same faults at the same paths.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { fieldPath } from '../../src/admission/field-path.ts'
import type { Report } from '../../src/report/report.ts'
import { portcullis } from '../support/portcullis.ts'
import { reviewBytes, type WireObject } from '../support/review.ts'
import { startWebhook, type Webhook } from '../support/webhook.ts'

let webhook: Webhook
let folder: string

beforeAll(async () => {
  webhook = await startWebhook()
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterAll(async () => {
  await webhook.stop()
  await rm(folder, { recursive: true })
})

const quantity = fc.constantFrom('100m', '1Gi', '0', '', '-1', 'much', null, 1, 0, '1e3')
const image = fc.constantFrom(
  'registry.example.com/core/app:1',
  'registry.example.com.evil.io/core/app',
  'busybox',
  '',
  null,
  7,
)
const container = fc.record(
  {
    name: fc.constantFrom('a', 'b'),
    image,
    resources: fc.record(
      { limits: fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['name'] },
)
const containers = fc.oneof(
  { weight: 8, arbitrary: fc.array(container, { maxLength: 2 }) },
  fc.constantFrom(null, {}, 'x'),
)
const podSpec = fc.record(
  {
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    hostNetwork: fc.constantFrom(true, false, null, 'true', 1),
  },
  { requiredKeys: ['containers'] },
)
const KINDS = [
  { group: '', kind: 'Pod', resource: 'pods', path: ['spec'] },
  {
    group: 'apps',
    kind: 'Deployment',
    resource: 'deployments',
    path: ['spec', 'template', 'spec'],
  },
  {
    group: 'batch',
    kind: 'CronJob',
    resource: 'cronjobs',
    path: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  },
] as const
const subject = fc.record({
  kind: fc.constantFrom(...KINDS),
  namespace: fc.constantFrom('core-a', 'shop', 'kube-system', 'default'),
  labels: fc.constantFrom({}, { owner: 'team-a' }, { owner: '' }, { owner: 7 }),
  spec: podSpec,
})

function makeObject({
  kind,
  namespace,
  labels,
  spec,
}: typeof subject extends fc.Arbitrary<infer T> ? T : never): WireObject {
  let content: WireObject = spec
  for (const key of kind.path.toReversed()) content = { [key]: content }
  const apiVersion = kind.group === '' ? 'v1' : `${kind.group}/v1`
  return { apiVersion, kind: kind.kind, metadata: { name: 'it', namespace, labels }, ...content }
}

test('the same objects through both doors have the same violations', async () => {
  const namespaces = join(folder, 'namespaces.yaml')
  const labelled = ['core-a', 'shop', 'kube-system', 'default'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: name === 'shop' ? { environment: 'production' } : {} },
  }))
  await writeFile(namespaces, labelled.map((each) => dump(each)).join('---\n'))
  let faults = 0

  await fc.assert(
    fc.asyncProperty(fc.array(subject, { minLength: 25, maxLength: 25 }), async (subjects) => {
      const objects = subjects.map(makeObject)
      const file = join(folder, 'objects.yaml')
      await writeFile(file, objects.map((each) => dump(each, { noRefs: true })).join('---\n'))
      const run = await portcullis(['check', '-o', 'json', '--namespaces', namespaces, file])
      const report = JSON.parse(run.stdout) as Report
      expect(report.errors).toEqual([])
      const atCheck = report.findings.map(
        (each) => `${fieldPath(each.path)} ${each.binding}: ${each.message}`,
      )

      const atWebhook: string[] = []
      for (const [index, { kind, namespace }] of subjects.entries()) {
        const answer = await webhook.post(
          reviewBytes({
            kind: { group: kind.group, version: 'v1', kind: kind.kind },
            resource: { group: kind.group, version: 'v1', resource: kind.resource },
            namespace,
            name: 'it',
            object: objects[index],
          }),
        )
        const { allowed, status } = (JSON.parse(answer.body) as AdmissionAnswer).response
        const causes = status?.details?.causes ?? []
        expect(allowed).toBe(causes.length === 0)
        for (const { field, message } of causes) atWebhook.push(`${field} ${message}`)
      }
      faults += atCheck.length
      expect(atCheck.toSorted()).toEqual(atWebhook.toSorted())
    }),
    { numRuns: 12, seed: 20_261_121, endOnFailure: true },
  )
  expect(faults).toBeGreaterThan(500)
})
