// Certificates that replicas keep by themselves, in a real API server that calls them.
import { setTimeout } from 'node:timers/promises'
import { connect } from 'node:tls'
import { beforeAll, expect, test } from 'vitest'
import { parseCertificates } from '../../src/certs/pem.ts'
import { fixedNamespaces } from '../../src/cluster/namespace-source.ts'
import { openCluster } from '../../src/cluster/open-cluster.ts'
import {
  manageCertificates,
  type ManagedCertificates,
} from '../../src/server/manage-certificates.ts'
import { type RunningServer, startServer } from '../../src/server/start-server.ts'
import { type LogLine, memoryLogger } from '../support/memory-logger.ts'
import { type SkewedClock, skewedClock } from '../support/skewed-clock.ts'
import { defaultEngine, namespaces } from '../support/webhook.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { waitFor } from './support/processes.ts'
import { startSteadyLoad } from './support/steady-load.ts'
import {
  CONFIGURATION,
  manageReplicas,
  MANIFESTS,
  NAMESPACE,
  SERVICE_NAME,
  type Webhook,
} from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/portcullis-certificates`
const SOON = { timeout: 60_000, interval: 100 }

async function readTrust(cluster: Cluster): Promise<string> {
  const { body } = await cluster.ask('GET', CONFIGURATION)
  const { webhooks } = body as unknown as {
    readonly webhooks: readonly [{ readonly clientConfig: { readonly caBundle?: string } }]
  }
  return Buffer.from(webhooks[0].clientConfig.caBundle ?? '', 'base64').toString()
}

/** The fingerprint of what is served to an API server that trusts these CAs. */
function shakeHands(host: string, port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca, servername: SERVICE_NAME }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

async function create(cluster: Cluster): Promise<string> {
  const body = pod(podSpec({ hostNetwork: true }))
  const answer = await cluster.ask('POST', '/api/v1/namespaces/default/pods?dryRun=All', { body })
  return answer.body.message ?? 'created'
}

describeInCluster('certificates of replicas as the manifests start them', () => {
  let cluster: Cluster
  let webhook: Webhook

  beforeAll(async () => {
    cluster = await startCluster()
    webhook = manageReplicas(cluster, '')
    const { code, stderr } = await cluster.kubectl(['apply', '-k', MANIFESTS])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    // Two at once may not make it, only change it.
    await webhook.publish([])
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  test('P8: two that start at once: one CA, and the API server hears both', async () => {
    const replicas = await Promise.all([webhook.addReplica(), webhook.addReplica()])
    const trust = await readTrust(cluster)
    expect(parseCertificates(trust)).toHaveLength(1)
    const addresses = replicas.map((replica) => replica.pod.address)
    const [one, other] = await Promise.all(addresses.map((each) => shakeHands(each, 8443, trust)))
    expect(one).toBe(other)
    for (const address of addresses) {
      await webhook.publish([address])
      await expect.poll(() => create(cluster), SOON).toContain('no-host-network: ')
    }
    await webhook.publish(addresses)
    for (const { running } of replicas) {
      expect(running.stderr()).not.toMatch(/PRIVATE|LS0tLS1CRUdJTi|not looked after/)
    }
  })

  test('a caBundle that somebody overwrites is mended within seconds, applying again changes none', async () => {
    const before = await readTrust(cluster)
    const body = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }]
    const type = 'application/json-patch+json'
    const overwritten = await cluster.ask('PATCH', CONFIGURATION, { body, type })
    expect(overwritten.code).toBe(200)
    const begun = performance.now()
    await expect.poll(() => readTrust(cluster), SOON).toBe(before)
    await expect.poll(() => create(cluster), SOON).toContain('no-host-network: ')
    console.log(`mended in ${Math.round(performance.now() - begun)} ms`)
    const { code } = await cluster.kubectl(['apply', '-k', MANIFESTS])
    expect(code).toBe(0)
    await expect.poll(() => readTrust(cluster), SOON).toBe(before)
    for (const { ask } of webhook.replicas()) expect(await ask('/readyz')).toBe(200)
  })

  test('after the API server was gone they are looked after again', async () => {
    const before = await readTrust(cluster)
    await cluster.restartApiServer()
    const body = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }]
    await cluster.ask('PATCH', CONFIGURATION, { body, type: 'application/json-patch+json' })
    await expect.poll(() => readTrust(cluster), SOON).toBe(before)
  })

  test('the service account may do what that takes, and nothing beside it', async () => {
    const can = async (verb: string, resource: string, ...args: string[]): Promise<string> => {
      const as = `--as=system:serviceaccount:${NAMESPACE}:portcullis`
      const asked = ['auth', 'can-i', verb, resource, as, ...args]
      return (await cluster.kubectl(asked)).stdout.trim()
    }
    const here = ['-n', NAMESPACE]
    for (const verb of ['get', 'watch', 'update']) {
      expect(await can(verb, 'secrets/portcullis-certificates', ...here)).toBe('yes')
      expect(await can(verb, 'secrets/other', ...here)).toBe('no')
      expect(await can(verb, 'secrets', '-n', 'default')).toBe('no')
    }
    for (const verb of ['list', 'delete', 'patch']) {
      expect(await can(verb, 'secrets/portcullis-certificates', ...here)).toBe('no')
    }
    for (const verb of ['get', 'watch', 'patch']) {
      expect(await can(verb, 'validatingwebhookconfigurations/portcullis')).toBe('yes')
      expect(await can(verb, 'validatingwebhookconfigurations/other')).toBe('no')
    }
    for (const verb of ['update', 'delete', 'create']) {
      expect(await can(verb, 'validatingwebhookconfigurations/portcullis')).toBe('no')
    }
  })

  test('without the Role none starts, and it says what is missing', async () => {
    for (const replica of webhook.replicas()) await replica.stop()
    await cluster.ask('DELETE', SECRET)
    const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles`
    const create = { op: 'remove', path: '/rules/1' }
    const type = 'application/json-patch+json'
    await cluster.ask('PATCH', `${role}/portcullis-certificates`, { body: [create], type })
    const starting = webhook.addReplica()
    await setTimeout(5_000)
    expect((await cluster.ask('GET', SECRET)).code).toBe(404)
    expect((await cluster.kubectl(['apply', '-k', MANIFESTS])).code).toBe(0)
    const { running } = await starting
    expect(running.stderr()).toMatch(/cannot create resource.*secrets.*not looked after/s)
  })
})

const MINUTE_MS = 60_000
/** Every certificate counts from an hour ago, so that two thirds of its life come soon where that is short. */
const renewedAfter = (minutes: number): number => (1.5 * minutes + 30) * MINUTE_MS
const LIFETIMES = {
  leafLifetimeMs: renewedAfter(2.4),
  caLifetimeMs: renewedAfter(10),
  settleMs: MINUTE_MS * 0.6,
}
/** How much time goes by at once. An hour in all: what counts from an hour before a future is valid now. */
const STEP_MS = MINUTE_MS * 0.6
const HOUR_MS = 60 * MINUTE_MS
const PER_SECOND = 100

describeInCluster('rotations under load', () => {
  interface Member {
    readonly managed: ManagedCertificates
    readonly server: RunningServer
    readonly log: LogLine[]
  }
  let cluster: Cluster
  let clock: SkewedClock
  const members: Member[] = []

  const startMember = async (): Promise<Member> => {
    const log: LogLine[] = []
    const logger = memoryLogger(log)
    const names = {
      namespace: NAMESPACE,
      secret: 'portcullis-certificates',
      service: 'portcullis',
      webhookConfiguration: 'portcullis',
    }
    const api = await openCluster(cluster.kubeconfig)
    const managed = manageCertificates(api, { names, lifetimes: LIFETIMES, clock, logger })
    const server = await startServer(
      {
        listen: { host: cluster.network.address, port: 0 },
        operatorListen: { host: '127.0.0.1', port: 0 },
        tls: await managed.first(60_000),
        drainMs: 0,
      },
      {
        engine: await defaultEngine(),
        namespaces: fixedNamespaces(namespaces),
        clock,
        logger,
        version: '0.0.0',
        tlsSource: managed.source,
        tlsFault: managed.fault,
      },
    )
    const member = { managed, server, log }
    members.push(member)
    return member
  }

  beforeAll(async () => {
    cluster = await startCluster()
    clock = skewedClock()
    const { code, stderr } = await cluster.kubectl(['apply', '-k', MANIFESTS])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await Promise.all([startMember(), startMember()])
    await cluster.apply(...members.map(({ server }, index) => slice(server, index)))
    const isAsked = async (): Promise<boolean> =>
      (await create(cluster)).includes('no-host-network')
    await waitFor('asked', isAsked)
    return async () => {
      for (const { server, managed } of members) {
        await server.close()
        await managed.stop()
      }
      await cluster.stop()
    }
  })

  const slice = ({ addresses: { webhook } }: RunningServer, index: number): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `portcullis-${index}`,
      namespace: NAMESPACE,
      labels: { 'kubernetes.io/service-name': 'portcullis' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [webhook.address], conditions: { ready: true } }],
    ports: [{ name: 'webhook', protocol: 'TCP', port: webhook.port }],
  })

  const count = ({ log }: Member, message: string): number =>
    log.filter((line) => line.message === message).length
  /** An event, by which both look at once. */
  const poke = (value: string): Promise<unknown> =>
    cluster.ask('PATCH', CONFIGURATION, {
      body: { metadata: { annotations: { poke: value } } },
      type: 'application/merge-patch+json',
    })

  test('T10: 20 of the pair and 5 of the CA: no request and no handshake is lost', async () => {
    const load = startSteadyLoad(cluster, PER_SECOND)
    const cas = new Set<string>()
    const refused: string[] = []
    let handshakes = 0
    let dropped = 0
    let isOver = false
    /** Who trusts what is published at the moment is served, by every replica. */
    const shake = async (): Promise<void> => {
      let before: readonly string[] = []
      while (!isOver) {
        const trust = await readTrust(cluster)
        const trusted = parseCertificates(trust).map((each) => each.fingerprint256)
        for (const each of trusted) cas.add(each)
        dropped += before.filter((each) => !trusted.includes(each)).length
        before = trusted
        for (const { server } of members) {
          const { address, port } = server.addresses.webhook
          await shakeHands(address, port, trust).catch((error: Error) =>
            refused.push(error.message),
          )
          handshakes++
        }
        await setTimeout(50)
      }
    }
    const shaking = shake()
    const rotations = (): number =>
      Math.min(...members.map((member) => count(member, 'certificate reloaded')))
    for (let passed = 0; passed < HOUR_MS - STEP_MS; passed += STEP_MS) {
      if (rotations() >= 20 && cas.size > 5 && dropped > 0) break
      clock.pass(STEP_MS)
      await poke(String(passed))
      // Looking takes its time, and so does the API server until it heeds what was published.
      await setTimeout(900)
    }
    isOver = true
    await shaking
    const { perSecond } = await load.stop()
    console.log(
      `${rotations()} pairs, ${cas.size - 1} CAs rotated, ${dropped} dropped; ` +
        `${load.count()} requests at ${Math.round(perSecond)}/s, ${handshakes} handshakes`,
    )
    expect([...load.faults]).toEqual([])
    expect(refused).toEqual([])
    expect(rotations()).toBeGreaterThanOrEqual(20)
    expect(cas.size).toBeGreaterThan(5)
    expect(dropped).toBeGreaterThan(0)
    expect(perSecond).toBeGreaterThan(PER_SECOND * 0.9)
    for (const member of members) {
      expect(count(member, 'decision')).toBeGreaterThan(0)
      expect(count(member, 'certificate not reloaded')).toBe(0)
    }
  })
})
