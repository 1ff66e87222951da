// Certificates in a Secret that each replica has mounted, in a real API server that calls them all the while.
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { issueCa, issueServerCertificate, type KeyPair } from '../../src/certs/issue.ts'
import { portcullis } from '../support/portcullis.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { type SteadyLoad, startSteadyLoad } from './support/steady-load.ts'
import {
  CONFIGURATION,
  installWebhook,
  NAMESPACE,
  type Replica,
  SERVICE_NAME,
  type Webhook,
} from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/portcullis-tls`
const SOON = { timeout: 60_000, interval: 250 }
const DAY_MS = 24 * 3_600_000
const PER_SECOND = 50
const LOADED = 'portcullis_certificate_reloads_total{outcome="loaded"}'
const REFUSED = 'portcullis_certificate_reloads_total{outcome="refused"}'
const CONNECTIONS = 'portcullis_webhook_connections'
const LOST = 'portcullis_tls_handshake_failures_total{reason="handshake"}'
const IS_CURRENT = 'portcullis_certificate_last_reload_successful'

describeInCluster('certificates in a Secret that is mounted', () => {
  let cluster: Cluster
  let webhook: Webhook
  let ca: KeyPair
  let serving: KeyPair
  let load: SteadyLoad

  beforeAll(async () => {
    cluster = await startCluster()
    const before = new Date(Date.now() - 10 * DAY_MS)
    ca = await issueCa({ name: 'e2e', now: before, lifetimeMs: 1_000 * DAY_MS })
    serving = await issue()
    const tls = { ...serving, caCertificate: ca.certificate }
    webhook = await installWebhook(cluster, { replicas: 2, tls })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })
  beforeEach(() => {
    load = startSteadyLoad(cluster, PER_SECOND)
  })
  afterEach(() => load.stop())

  const issue = (hosts = [SERVICE_NAME], now = new Date(), days = 90): Promise<KeyPair> =>
    issueServerCertificate({ ca, hosts, now, lifetimeMs: days * DAY_MS })

  /** As somebody applies it, and then the kubelets come around. */
  const put = async ({ certificate, key }: KeyPair): Promise<void> => {
    const body = { stringData: { 'tls.crt': certificate, 'tls.key': key } }
    const type = 'application/merge-patch+json'
    expect((await cluster.ask('PATCH', SECRET, { body, type })).code).toBe(200)
    for (const replica of webhook.replicas()) await replica.sync()
  }
  /** What API servers are to trust. They make new connections for it, and keep none of before. */
  const publish = async (authorities: string): Promise<void> => {
    const value = Buffer.from(authorities).toString('base64')
    const body = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value }]
    const type = 'application/json-patch+json'
    expect((await cluster.ask('PATCH', CONFIGURATION, { body, type })).code).toBe(200)
  }
  const isServing = ({ certificate }: KeyPair, trusted = ca.certificate) =>
    expect.poll(async () => {
      const served = webhook.replicas().map(({ pod }) => shakeHands(pod.address, trusted))
      return (await Promise.all(served)).every((each) => each === certificate.trim())
    }, SOON)
  const expectNoFault = async (): Promise<void> => {
    const { perSecond } = await load.stop()
    expect([...load.faults]).toEqual([])
    expect(load.count()).toBeGreaterThan(0)
    console.log(`${load.count()} requests at ${Math.round(perSecond)}/s, none failed`)
  }
  const metrics = (series: string): Promise<readonly number[]> =>
    Promise.all(webhook.replicas().map((replica) => replica.metric(series)))

  test('F1: it is replaced five times under load: one reload each, and no request fails', async () => {
    for (let count = 1; count <= 5; count++) {
      const next = await issue()
      await put(next)
      await isServing(next).toBe(true)
      // Another text of the same CA, for which API servers shake hands anew.
      const before = sum(await metrics(CONNECTIONS))
      await publish(`# ${count}\n${ca.certificate}`)
      await expect.poll(async () => sum(await metrics(CONNECTIONS)), SOON).toBeGreaterThan(before)
      serving = next
      expect(await metrics(LOADED)).toEqual([count, count])
    }
    expect(await metrics(REFUSED)).toEqual([0, 0])
    expect(await metrics(LOST)).toEqual([0, 0])
    for (const replica of webhook.replicas()) {
      expect(told(replica, 'certificate reloaded')).toHaveLength(5)
    }
    await expectNoFault()
  })

  const wrong: readonly (readonly [string, string, () => Promise<KeyPair>])[] = [
    [
      'T6: a key of another certificate',
      'the private key is not the key of the certificate',
      async () => ({ ...(await issue()), key: (await issue()).key }),
    ],
    [
      'T7: one that has expired',
      'the certificate expired',
      () => issue([SERVICE_NAME], new Date(Date.now() - 2 * DAY_MS), 1),
    ],
    [
      'T7: one that is not valid yet',
      'the certificate is valid only from',
      () => issue([SERVICE_NAME], new Date(Date.now() + DAY_MS)),
    ],
    ['T7: one without names', 'has no subjectAltName', () => issue([])],
    [
      'T7: one for another Service',
      `the certificate is not for ${SERVICE_NAME}`,
      () => issue(['other.default.svc']),
    ],
  ]
  test.each(wrong)('%s is not taken, and what served serves on', async (_, reason, make) => {
    const [loaded, refused] = [await metrics(LOADED), await metrics(REFUSED)]
    await put(await make())
    await expect.poll(() => metrics(IS_CURRENT), SOON).toEqual([0, 0])
    expect(await metrics(REFUSED)).toEqual(refused.map((count) => count + 1))
    await publish(`# ${reason}\n${ca.certificate}`)
    await isServing(serving).toBe(true)
    for (const replica of webhook.replicas()) {
      expect(told(replica, 'certificate not reloaded').at(-1)).toContain(reason)
      expect(await replica.ask('/readyz')).toBe(200)
    }
    const body = pod(podSpec({ hostNetwork: true }))
    const path = '/api/v1/namespaces/default/pods?dryRun=All'
    expect((await cluster.ask('POST', path, { body })).body.message).toContain('no-host-network: ')
    // And a good one is taken after it.
    serving = await issue()
    await put(serving)
    await isServing(serving).toBe(true)
    expect(await metrics(IS_CURRENT)).toEqual([1, 1])
    expect(await metrics(LOADED)).toEqual(loaded.map((count) => count + 1))
    await expectNoFault()
  })

  test('T10: another CA by `certs rotate`, as docs/operations.md has it: no request fails', async () => {
    const folder = await mkdtemp(join(cluster.folder, 'certs-'))
    const certs = async (...args: readonly string[]): Promise<KeyPair & { ca: string }> => {
      expect(await portcullis(['certs', ...args], { cwd: folder })).toMatchObject({ code: 0 })
      const read = (name: string): Promise<string> => readFile(join(folder, 'certs', name), 'utf8')
      const pair = { certificate: await read('tls.crt'), key: await read('tls.key') }
      return { ...pair, ca: await read('ca.crt') }
    }
    const first = await certs('create', 'certs', '--host', SERVICE_NAME)
    await publish(ca.certificate + first.ca)
    await heeded()
    await put(first)
    await isServing(first, first.ca).toBe(true)
    await publish(first.ca)
    const both = await certs('rotate', 'certs', '--step', 'new-ca')
    await publish(both.ca)
    await heeded()
    const next = await certs('rotate', 'certs')
    await put(next)
    await isServing(next, next.ca).toBe(true)
    const last = await certs('rotate', 'certs', '--step', 'drop-old-ca')
    expect(first.ca).not.toContain(last.ca)
    await publish(last.ca)
    await heeded()
    await isServing(next, last.ca).toBe(true)
    await expectNoFault()
  })

  /** Until API servers have taken up what was published; they do not tell. */
  const heeded = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3_000))
})

/** The certificate that is served to who trusts these CAs. */
function shakeHands(host: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 8443, ca, servername: SERVICE_NAME }, () => {
      const certificate = socket.getPeerX509Certificate()?.toString().trim() ?? ''
      // Not torn down, which the replica would take for a handshake that failed.
      socket.on('close', () => resolve(certificate)).end()
    })
    socket.on('error', reject)
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function told({ running }: Replica, message: string): readonly string[] {
  return running
    .stderr()
    .split('\n')
    .filter((line) => line.includes(`"msg":"${message}"`))
}
