// What users and auditors are told besides a denial.
import { beforeAll, expect, test } from 'vitest'
import {
  type AuditEvent,
  type Cluster,
  describeInCluster,
  startCluster,
} from './support/cluster.ts'
import { serveBindings } from './support/test-bundle.ts'
import { installWebhook, type Webhook } from './support/webhook.ts'
import { container, pod, podSpec } from './support/workloads.ts'

const PREFIX = 'validate.portcullis.dev/'
const BARE = podSpec({
  hostNetwork: true,
  containers: [container({ resources: {}, image: 'docker.io/library/app:1.0' })],
})

describeInCluster('besides a denial', () => {
  let cluster: Cluster
  let webhook: Webhook

  beforeAll(async () => {
    cluster = await startCluster()
    const args = await serveBindings(cluster, [
      {
        name: 'no-host-network',
        policy: 'host-network',
        match: { excludedNamespaces: ['default'] },
        validationActions: ['Warn'],
      },
      { name: 'not-here', policy: 'host-network', match: { namespaces: ['default'] } },
      { name: 'container-limits', policy: 'container-limits', validationActions: ['Audit'] },
      {
        name: 'known-registries',
        policy: 'trusted-registries',
        parameters: { registries: ['registry.example.com'] },
        validationActions: ['Warn', 'Audit'],
      },
      { name: 'owned', policy: 'required-labels' },
    ])
    webhook = await installWebhook(cluster, { namespaces: { dev: {} }, args })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const create = (object: object) =>
    cluster.kubectl(['create', '-n', 'dev', '-f', '-'], { stdin: JSON.stringify(object) })

  const annotationsOf = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const events = await cluster.auditEvents()
    const event = events.findLast((each: AuditEvent) => each.requestURI.includes(`=${name}`))
    return event?.annotations ?? {}
  }

  test('warnings, as kubectl shows them', async () => {
    const { code, stdout, stderr } = await create(pod(BARE, { name: 'warned' }))
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'pod/warned created\n' })
    const lines = stderr.trimEnd().split('\n').toSorted()
    expect(lines).toEqual([
      expect.stringMatching(/^Warning: known-registries: .*\(spec\.containers\[0\]\.image\)$/),
      expect.stringMatching(/^Warning: no-host-network: .*\(spec\.hostNetwork\)$/),
    ])
  })

  test('warnings come with a denial too', async () => {
    const { code, stderr } = await create(pod(BARE, { name: 'both', labels: {} }))
    expect(code).toBe(1)
    expect(stderr).toContain('Warning: no-host-network: ')
    expect(stderr).toContain('owned: the object must have the label "owner"')
  })

  test('audit annotations: who warned, what was only audited, by which bundle', async () => {
    const query = 'fieldManager=audited'
    const object = pod(BARE, { name: 'audited' })
    const answer = await cluster.ask('POST', `/api/v1/namespaces/dev/pods?${query}`, {
      body: object,
    })
    expect(answer.code).toBe(201)
    expect(answer.warnings).toHaveLength(2)
    const annotations = await annotationsOf('audited')
    expect(annotations).toMatchObject({
      [`${PREFIX}bundle-digest`]: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      [`${PREFIX}decision-id`]: expect.any(String),
      [`${PREFIX}warned-by`]: 'no-host-network; known-registries',
      [`${PREFIX}audited-by`]: 'container-limits; known-registries',
      [`${PREFIX}audit-violations`]: expect.stringContaining('container-limits: '),
    })
    const [replica] = webhook.replicas()
    const decision = replica?.running
      .stderr()
      .split('\n')
      .find((line) => line.includes(annotations[`${PREFIX}decision-id`] ?? '-'))
    expect(JSON.parse(decision ?? '{}')).toMatchObject({ msg: 'decision', allowed: true })
  })

  test('audit annotations of a denial name who denied', async () => {
    const object = pod(podSpec(), { name: 'ownerless', labels: {} })
    const path = '/api/v1/namespaces/dev/pods?fieldManager=denied&dryRun=All'
    expect((await cluster.ask('POST', path, { body: object })).code).toBe(403)
    const annotations = await annotationsOf('denied')
    expect(annotations).toMatchObject({ [`${PREFIX}denied-by`]: 'owned' })
    expect(annotations).not.toHaveProperty(`${PREFIX}warned-by`)
  })

  test('more warnings than the API server passes on: cut by us, none by it', async () => {
    const image = `docker.io/library/${'app'.repeat(60)}:1.0`
    const containers = Array.from({ length: 60 }, (_, index) =>
      container({ name: `app-${index}`, image }),
    )
    const { code, stderr } = await create(pod(podSpec({ containers }), { name: 'many' }))
    expect(code).toBe(0)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.at(-1)).toMatch(/^Warning: and \d+ more warnings$/)
    const more = Number(/and (\d+) more/.exec(stderr)?.[1])
    expect(lines.length - 1 + more).toBe(60)
  })
})
