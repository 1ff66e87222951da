// Certificates that replicas keep in a Secret by themselves, against an API server that says no, breaks off and is overtaken.
import { afterEach, describe, expect, test } from 'vitest'
import { inspectPair } from '../../src/certs/inspect-pair.ts'
import { issueCa, issueServerCertificate, type KeyPair } from '../../src/certs/issue.ts'
import { parseCertificates } from '../../src/certs/pem.ts'
import { isIssuedBy } from '../../src/certs/rotation.ts'
import {
  manageCertificates,
  MANAGED_LIFETIMES,
  type ManagedCertificates,
} from '../../src/server/manage-certificates.ts'
import { type LogLine, memoryLogger } from '../support/memory-logger.ts'
import {
  type CertificateCluster,
  type Fault,
  NAMES,
  OUR_WEBHOOK,
  startCertificateCluster,
} from '../support/certificate-cluster.ts'
import { json } from '../support/scripted-api-server.ts'
import { type SkewedClock, skewedClock } from '../support/skewed-clock.ts'

const HOST = 'portcullis.here.svc'
const DAY_MS = 24 * 3_600_000
const SOON = { timeout: 20_000 }

interface Replica extends ManagedCertificates {
  readonly log: LogLine[]
  readonly clock: SkewedClock
  readonly offered: KeyPair[]
}

let cluster: CertificateCluster
const replicas: Replica[] = []
/** Of all replicas, and of all that went wrong. */
const secrets = new Set<string>()

afterEach(async () => {
  const log = JSON.stringify(replicas.map((replica) => replica.log))
  for (const replica of replicas.splice(0)) await replica.stop()
  await cluster.stop()
  for (const key of secrets) expect(log).not.toContain(key)
  expect(log).not.toMatch(/PRIVATE|LS0tLS1CRUdJTi/)
  secrets.clear()
})

async function startCluster(fault?: Fault): Promise<void> {
  cluster = await startCertificateCluster()
  cluster.fail(fault)
}

async function startReplica(hosts: readonly string[] = []): Promise<Replica> {
  const log: LogLine[] = []
  const clock = skewedClock()
  const logger = memoryLogger(log)
  const managed = manageCertificates(cluster.cluster, { names: NAMES, hosts, clock, logger })
  const offered: KeyPair[] = []
  await managed.source({ offer: (pair) => void offered.push(pair), fail: () => {} })
  const replica = { ...managed, log, clock, offered }
  replicas.push(replica)
  return replica
}

function storedLeaf(): KeyPair {
  const { data = {} } = cluster.secret() ?? {}
  const decode = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString()
  return { certificate: decode('tls.crt'), key: decode('tls.key') }
}

interface Authority {
  readonly certificate: string
  readonly key?: string
}

function authorities(): readonly Authority[] {
  const text = cluster.secret()?.data?.['authorities.json'] ?? ''
  return JSON.parse(Buffer.from(text, 'base64').toString()) as readonly Authority[]
}

const trusted = (): string[] =>
  cluster.caBundle() === ''
    ? []
    : parseCertificates(cluster.caBundle()).map((each) => each.toString())

/** The pair is whole, for the host, stored, and by a CA that is trusted. */
function expectGood(pair: KeyPair | undefined, now = new Date()): void {
  if (pair === undefined) throw new Error('no pair')
  expect(inspectPair(pair.certificate, pair.key, now, [HOST])).toBeDefined()
  expect(trusted().some((certificate) => isIssuedBy(pair, { certificate }))).toBe(true)
}

const messages = (replica: Replica): string[] => replica.log.map(({ message }) => message)
const reasons = (replica: Replica): string =>
  replica.log.map(({ fields }) => String(fields['reason'])).join('\n')

/** An event, so that a replica looks. */
const poke = (): void => cluster.setConfiguration(cluster.configuration()?.webhooks)

/** Lets time go by for every replica, and each of them look. */
function pass(milliseconds: number): void {
  for (const { clock } of replicas) clock.pass(milliseconds)
  poke()
}

const refuse =
  (status: number, message: string, which: (method: string, kind: string) => boolean): Fault =>
  (request, response, kind) => {
    if (!which(request.method ?? '', kind)) return false
    json(response, { kind: 'Status', code: status, message }, status)
    return true
  }

describe('the first replica', () => {
  test('makes a CA and a pair, stores them in one write, and has API servers trust the CA', async () => {
    await startCluster()
    const replica = await startReplica()
    expect(replica.fault()).toContain('does not trust')
    const pair = await replica.first(20_000)
    await expect.poll(replica.fault, SOON).toBeUndefined()
    expectGood(pair)
    expect(storedLeaf()).toEqual(pair)
    expect(cluster.writes.map(({ method }) => method)).toEqual(['POST', 'PATCH'])
    // Only that field, and only of the object that was read.
    expect(cluster.writes[1]?.body).toEqual({
      metadata: { resourceVersion: expect.any(String) },
      webhooks: [{ name: OUR_WEBHOOK.name, clientConfig: { caBundle: expect.any(String) } }],
    })
    expect(cluster.configuration()?.webhooks[0]?.failurePolicy).toBe('Fail')
    expect(messages(replica)).toEqual(['certificates renewed', 'caBundle published'])
  })

  test('is for other names too where it is told', async () => {
    await startCluster()
    const replica = await startReplica(['gate.example.com'])
    const { certificate, key } = await replica.first(20_000)
    const names = [HOST, 'gate.example.com']
    expect(inspectPair(certificate, key, new Date(), names)).toBeDefined()
  })

  test('fills a Secret that is there and empty', async () => {
    await startCluster()
    cluster.setSecret({})
    const replica = await startReplica()
    await replica.first(20_000)
    expect(cluster.writes[0]?.method).toBe('PUT')
  })

  test('is ready where there is no webhook configuration, and mends one that comes', async () => {
    await startCluster()
    cluster.setConfiguration(undefined)
    const replica = await startReplica()
    await replica.first(20_000)
    expect(replica.fault()).toBeUndefined()
    cluster.setConfiguration([OUR_WEBHOOK])
    await expect.poll(trusted, SOON).toHaveLength(1)
    expectGood(replica.offered.at(-1))
  })

  test('touches only webhooks that call its Service, and says where there is none', async () => {
    await startCluster()
    const other = { name: 'other', clientConfig: { service: { name: 'other', namespace: 'here' } } }
    cluster.setConfiguration([OUR_WEBHOOK, other])
    const replica = await startReplica()
    await expect.poll(replica.fault, SOON).toBeUndefined()
    expect(cluster.configuration()?.webhooks[1]).toEqual(other)
    cluster.setConfiguration([other])
    await expect.poll(() => reasons(replica), SOON).toContain('calls the Service here/portcullis')
    expect(cluster.configuration()?.webhooks).toEqual([other])
  })
})

describe('replicas', () => {
  test('P8: two that begin at once: one CA, and both serve the same', async () => {
    let posts = 0
    let go = (): void => {}
    const both = new Promise<void>((resolve) => (go = resolve))
    // Both have seen that there is none before either may write.
    await startCluster(async (request, _, kind) => {
      if (request.method !== 'POST' || kind !== 'secret') return false
      if (++posts === 2) go()
      await both
      return false
    })
    const [one, other] = [await startReplica(), await startReplica()]
    const [first, second] = await Promise.all([one.first(20_000), other.first(20_000)])
    expect(first).toEqual(second)
    expect(posts).toBe(2)
    expect(authorities()).toHaveLength(1)
    await expect.poll(one.fault, SOON).toBeUndefined()
    await expect.poll(other.fault, SOON).toBeUndefined()
    expectGood(first)
    expect(messages(one).concat(messages(other))).not.toContain('certificates are not looked after')
  })

  test('P8: one that serves does so while the API server is gone', async () => {
    await startCluster()
    const replica = await startReplica()
    await expect.poll(replica.fault, SOON).toBeUndefined()
    cluster.fail((_, response) => {
      response.destroy()
      return true
    })
    cluster.breakConnections()
    await expect.poll(() => messages(replica), SOON).toContain('changes are not heard of')
    expect(replica.fault()).toBeUndefined()
    expectGood(replica.offered.at(-1))
    cluster.fail(undefined)
    await expect.poll(() => messages(replica), SOON).toContain('changes are heard of again')
    cluster.setConfiguration([OUR_WEBHOOK])
    await expect.poll(trusted, SOON).toHaveLength(1)
  })
})

describe('a rotation', () => {
  test('T10: new CA beside the old one, then the pair by it, then the old one goes', async () => {
    await startCluster()
    const [one, other] = [await startReplica(), await startReplica()]
    await expect.poll(one.fault, SOON).toBeUndefined()
    await expect.poll(other.fault, SOON).toBeUndefined()
    const [old = ''] = trusted()
    const isOld = (pair: KeyPair | undefined): boolean =>
      pair !== undefined && isIssuedBy(pair, { certificate: old })
    const serving = (): (KeyPair | undefined)[] => [one.offered.at(-1), other.offered.at(-1)]

    pass(MANAGED_LIFETIMES.caLifetimeMs * (2 / 3) + DAY_MS)
    await expect.poll(trusted, SOON).toHaveLength(2)
    expect(trusted()).toContain(old)
    const now = (): Date => one.clock.now()
    await expect.poll(() => serving().every((pair) => isOld(pair)), SOON).toBe(true)

    const isAnyOld = (): boolean => {
      pass(MANAGED_LIFETIMES.settleMs)
      return serving().some((pair) => isOld(pair))
    }
    await expect.poll(isAnyOld, { ...SOON, interval: 500 }).toBe(false)
    expect(serving()[0]).toEqual(serving()[1])
    expectGood(serving()[0], now())
    expect(authorities().map(({ key }) => key !== undefined)).toEqual([true, false])

    pass(MANAGED_LIFETIMES.leafLifetimeMs)
    await expect.poll(trusted, SOON).toHaveLength(1)
    expect(trusted()).not.toContain(old)
    await expect.poll(() => serving()[0]?.certificate === storedLeaf().certificate, SOON).toBe(true)
    expectGood(serving()[0], now())
  })

  test('a caBundle that somebody empties is mended by a watch', async () => {
    await startCluster()
    const replica = await startReplica()
    await expect.poll(replica.fault, SOON).toBeUndefined()
    const before = trusted()
    cluster.setConfiguration([OUR_WEBHOOK])
    await expect.poll(trusted, SOON).toEqual(before)
    // Nobody is better off with a replica that gets no reviews meanwhile.
    expect(replica.fault()).toBeUndefined()
  })

  test('a Secret that is deleted: what serves is trusted on, and serves until the new one may be', async () => {
    await startCluster()
    const replica = await startReplica()
    await expect.poll(replica.fault, SOON).toBeUndefined()
    const [old] = trusted()
    const before = replica.offered.at(-1)
    cluster.setSecret(undefined)
    await expect.poll(trusted, SOON).toHaveLength(2)
    expect(trusted()[1]).toBe(old)
    expect(authorities().map(({ key }) => key !== undefined)).toEqual([true, false])
    expect(replica.offered.at(-1)).toEqual(before)
    const served = (): KeyPair | undefined => {
      pass(MANAGED_LIFETIMES.settleMs)
      return replica.offered.at(-1)
    }
    await expect.poll(served, { ...SOON, interval: 500 }).toEqual(storedLeaf())
    pass(3_600_000)
    await expect.poll(trusted, SOON).toHaveLength(1)
    expectGood(replica.offered.at(-1), replica.clock.now())
  })
})

describe('what is in the Secret', () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  const later = (milliseconds: number): Date => new Date(Date.now() + milliseconds)

  /** A CA and a pair as they would be stored, issued at some time. */
  async function issue(now: Date): Promise<{ ca: KeyPair; leaf: KeyPair }> {
    const ca = await issueCa({ name: 'portcullis CA', now, lifetimeMs: 300 * DAY_MS })
    const leaf = await issueServerCertificate({ ca, hosts: [HOST], now, lifetimeMs: 30 * DAY_MS })
    for (const { key } of [ca, leaf]) secrets.add(key).add(encode(key))
    return { ca, leaf }
  }
  const stored = (ca: object, leaf: Partial<KeyPair>): Record<string, string> => ({
    'authorities.json': encode(JSON.stringify([ca])),
    ...(leaf.certificate === undefined ? {} : { 'tls.crt': encode(leaf.certificate) }),
    ...(leaf.key === undefined ? {} : { 'tls.key': encode(leaf.key) }),
  })

  test('serves as it is where it can', async () => {
    await startCluster()
    const { ca, leaf } = await issue(new Date())
    cluster.setSecret(stored(ca, leaf))
    const replica = await startReplica()
    expect(await replica.first(20_000)).toEqual(leaf)
    expect(cluster.writes.filter(({ method }) => method === 'PUT')).toEqual([])
  })

  test.each<[string, (good: { ca: KeyPair; leaf: KeyPair }, other: KeyPair) => object]>([
    ['half a pair', ({ ca, leaf }) => stored(ca, { certificate: leaf.certificate })],
    ['half a certificate', ({ ca, leaf }) => stored(ca, { ...leaf, certificate: 'LS0t' })],
    ['a key of another one', ({ ca, leaf }, { key }) => stored(ca, { ...leaf, key })],
    ['a pair by another CA', ({ ca }, other) => stored(ca, other)],
  ])('%s: another pair by the same CA', async (_, garble) => {
    await startCluster()
    const good = await issue(new Date())
    cluster.setSecret(garble(good, (await issue(new Date())).leaf) as Record<string, string>)
    const replica = await startReplica()
    const pair = await replica.first(20_000)
    expect(isIssuedBy(pair, good.ca)).toBe(true)
    expect(replica.offered).toEqual([pair])
    await expect.poll(trusted, SOON).toHaveLength(1)
    expectGood(pair)
  })

  test.each<[string, (good: { ca: KeyPair; leaf: KeyPair }) => object]>([
    ['no JSON', ({ leaf }) => ({ ...stored({}, leaf), 'authorities.json': encode('{"a') })],
    ['no CA', ({ leaf }) => stored({ certificate: 1 }, leaf)],
    ['a time that is none', ({ ca, leaf }) => stored({ ...ca, servesUntil: 'soon' }, leaf)],
    ['a CA that is none', ({ leaf }) => stored(leaf, leaf)],
  ])('%s: all is made anew', async (_, garble) => {
    await startCluster()
    const good = await issue(new Date())
    cluster.setSecret(garble(good) as Record<string, string>)
    const replica = await startReplica()
    const pair = await replica.first(20_000)
    expect(isIssuedBy(pair, good.ca)).toBe(false)
    expect(replica.offered).toEqual([pair])
    await expect.poll(replica.fault, SOON).toBeUndefined()
    expectGood(pair)
  })

  test('a CA with the key of another: its pair serves, and a new CA is there beside it', async () => {
    await startCluster()
    const { ca, leaf } = await issue(new Date())
    cluster.setSecret(stored({ ...ca, key: leaf.key }, leaf))
    const replica = await startReplica()
    expect(await replica.first(20_000)).toEqual(leaf)
    await expect.poll(trusted, SOON).toHaveLength(2)
    expect(trusted()[1]).toBe(ca.certificate)
  })

  test('expired: all is made anew', async () => {
    await startCluster()
    const { ca, leaf } = await issue(later(-400 * DAY_MS))
    cluster.setSecret(stored(ca, leaf))
    const replica = await startReplica()
    const pair = await replica.first(20_000)
    await expect.poll(trusted, SOON).toHaveLength(1)
    expectGood(pair)
  })

  test('many that are over, and one in its last minutes: replaced in a few looks', async () => {
    await startCluster()
    const { ca, leaf } = await issue(later(-300 * DAY_MS + 600_000))
    const others = await Promise.all(Array.from({ length: 20 }, () => issue(later(-400 * DAY_MS))))
    const cas = [ca, ...others.map((each) => each.ca)]
    cluster.setSecret({ ...stored(ca, leaf), 'authorities.json': encode(JSON.stringify(cas)) })
    const replica = await startReplica()
    expect(isIssuedBy(await replica.first(20_000), ca)).toBe(true)
    pass(MANAGED_LIFETIMES.settleMs)
    const served = (): KeyPair | undefined => {
      pass(MANAGED_LIFETIMES.settleMs)
      return replica.offered.at(-1)
    }
    await expect.poll(() => isIssuedBy(served() ?? ca, ca), { ...SOON, interval: 500 }).toBe(false)
    await expect.poll(trusted, SOON).toHaveLength(1)
    expectGood(replica.offered.at(-1), replica.clock.now())
  })

  test('somebody else’s: refused and left alone, and told', async () => {
    await startCluster()
    const { leaf } = await issue(new Date())
    const data = { 'tls.crt': encode(leaf.certificate), 'tls.key': encode(leaf.key) }
    cluster.setSecret(data)
    const replica = await startReplica()
    await expect(replica.first(1_500)).rejects.toMatchObject({
      code: 'certificate-missing',
      message: expect.stringContaining('was not put there by --manage-certs'),
    })
    expect(cluster.secret()?.data).toEqual(data)
    cluster.setSecret(undefined)
    const pair = await replica.first(20_000)
    await expect.poll(trusted, SOON).toHaveLength(1)
    expectGood(pair)
  })
})

describe('an API server', () => {
  test.each([
    [403, 'secrets is forbidden: User "x" cannot create resource', 'cannot create resource'],
    [500, 'etcd is gone', 'refused with 500'],
  ])(
    'that answers a write of the Secret with %i: told once, tried until it is taken',
    async (status, message, reason) => {
      await startCluster(refuse(status, message, (method) => method === 'POST'))
      const replica = await startReplica()
      await expect.poll(() => reasons(replica), SOON).toContain(reason)
      await expect(replica.first(1_500)).rejects.toMatchObject({ code: 'certificate-missing' })
      expect(replica.offered).toEqual([])
      cluster.fail(undefined)
      expect(await replica.first(20_000)).toEqual(storedLeaf())
      await expect.poll(replica.fault, SOON).toBeUndefined()
      expect(messages(replica).filter((each) => each.includes('not looked after'))).toHaveLength(1)
      expect(messages(replica)).toContain('certificates are looked after again')
    },
  )

  test('that quotes what it refuses: no key gets into the log', async () => {
    const quoted = (text: string): string => `cannot decode ${text}`
    let body = ''
    await startCluster((request, response, kind) => {
      if (request.method !== 'POST' || kind !== 'secret') return false
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => json(response, { kind: 'Status', message: quoted(body) }, 422))
      return true
    })
    const replica = await startReplica()
    await expect.poll(() => reasons(replica), SOON).toContain('refused with 422')
    expect(body).toContain('tls.key')
    expect(reasons(replica)).not.toContain('tls.key')
  })

  test('that does not let the configuration be changed: serves, is not ready, and says why', async () => {
    await startCluster(refuse(403, 'forbidden: cannot patch', (method) => method === 'PATCH'))
    const replica = await startReplica()
    await replica.first(20_000)
    await expect.poll(() => reasons(replica), SOON).toContain('cannot patch')
    expect(replica.fault()).toContain('does not trust')
    cluster.fail(undefined)
    await expect.poll(replica.fault, SOON).toBeUndefined()
  })

  test('that refuses reads, answers rubbish and hangs up, and then is well', async () => {
    const faults: Fault[] = [
      refuse(500, 'no', () => true),
      (_, response) => {
        response.end('<html>')
        return true
      },
      (_, response) => {
        response.destroy()
        return true
      },
    ]
    let asked = 0
    await startCluster((...args) => {
      const fault = faults[asked++ % faults.length]
      return asked < 9 ? (fault?.(...args) ?? false) : false
    })
    const replica = await startReplica()
    await replica.first(60_000)
    await expect.poll(replica.fault, SOON).toBeUndefined()
    expect(authorities()).toHaveLength(1)
    expect(replica.offered).toHaveLength(1)
  })

  test('that lets nobody watch: told, and all else goes on', async () => {
    await startCluster((request, response) => {
      if (request.url?.includes('watch=true') !== true) return false
      json(response, { kind: 'Status', message: 'cannot watch' }, 403)
      return true
    })
    const replica = await startReplica()
    await replica.first(20_000)
    await expect.poll(() => reasons(replica), SOON).toContain('cannot watch')
    await expect.poll(replica.fault, SOON).toBeUndefined()
  })

  test('by which somebody else is always quicker: tried again until it is taken', async () => {
    let conflicts = 0
    await startCluster((request, response) => {
      if (request.method === 'GET' || conflicts >= 4) return false
      conflicts++
      json(response, { kind: 'Status', message: 'the object has been modified' }, 409)
      return true
    })
    const replica = await startReplica()
    await expect.poll(replica.fault, SOON).toBeUndefined()
    expect(conflicts).toBe(4)
    expect(messages(replica)).not.toContain('certificates are not looked after')
  })
})
