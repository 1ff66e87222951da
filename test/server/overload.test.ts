// More than the server can take: it says so at once, in the way that makes the API server ask another replica, and what it
// does take it answers right.
import { setImmediate } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { fixtureBinding, fixtureEngine } from '../support/fixture-engine.ts'
import { readMetric } from '../support/read-metric.ts'
import { podObject, reviewBytes, type WireObject } from '../support/review.ts'
import { skewedClock } from '../support/skewed-clock.ts'
import type { Answer } from '../support/verify-exchange.ts'
import { fixedNamespaces } from '../../src/cluster/namespace-source.ts'
import { namespaces, readAll, startWebhook, type Webhook } from '../support/webhook.ts'

let webhook: Webhook
afterEach(() => webhook.stop())

type Response = AdmissionAnswer['response']

function responseOf(answer: Answer): Response {
  expect(answer.code).toBe(200)
  return (JSON.parse(answer.body) as AdmissionAnswer).response
}

async function decide(request: WireObject = {}): Promise<Response> {
  return responseOf(await webhook.post(reviewBytes(request)))
}

const shed = (reason: string): Promise<number> =>
  readMetric(webhook, `portcullis_reviews_shed_total{reason="${reason}"}`)

/** The head of a review and, apart, its body, so that a test can let something happen in between. */
function inParts(request: WireObject, path = '/validate'): { head: string; body: Buffer } {
  const body = Buffer.from(reviewBytes(request))
  const fields = ['Host: x', 'Content-Type: application/json', `Content-Length: ${body.length}`]
  return { head: [`POST ${path} HTTP/1.1`, ...fields, '', ''].join('\r\n'), body }
}

describe('reviews without end', () => {
  test('H15: are decided right or shed; probes are answered; all is well right after', async () => {
    const engine = fixtureEngine([fixtureBinding('containers', { parameters: { names: ['app'] } })])
    webhook = await startWebhook({
      deps: { engine },
      config: { limits: { maxQueued: 4, deadlineMs: 60_000 } },
    })
    const ask = async (isBad: boolean, count: number): Promise<number> => {
      const containers = [...Array<string>(count).fill('app'), ...(isBad ? ['other'] : [])]
      const spec = { containers: containers.map((name) => ({ name })) }
      const answer = await webhook.post(reviewBytes({ object: podObject(spec) }))
      if (answer.code === 200) expect(responseOf(answer).allowed).toBe(!isBad)
      return answer.code
    }
    // Connections first: handshakes one after the other would keep reviews from coming all at once.
    const warm = Array.from({ length: 200 }, () => ask(true, 1))
    expect(new Set(await Promise.all(warm))).toContain(200)
    const shedBefore = await shed('queue')
    let isOver = false
    let probes = 0
    const probe = async (path: string): Promise<void> => {
      while (!isOver) {
        expect(await webhook.ask(path)).toMatchObject({ code: 200, body: 'ok\n' })
        probes++
      }
    }
    const probing = Promise.all([probe('/readyz'), probe('/livez')])
    const client = async (number: number): Promise<number[]> => {
      const codes: number[] = []
      for (let i = 0; i < 3; i++) codes.push(await ask((number + i) % 2 === 0, 2_000))
      return codes
    }
    const codes = (await Promise.all(Array.from({ length: 100 }, (_, i) => client(i)))).flat()
    const probesMeanwhile = probes
    isOver = true
    await probing

    expect(new Set(codes)).toEqual(new Set([200, 503]))
    const shedCodes = codes.filter((code) => code === 503)
    expect((await shed('queue')) - shedBefore).toBe(shedCodes.length)
    expect(shedCodes.length).toBeGreaterThan(40)
    expect(probesMeanwhile).toBeGreaterThan(5)
    expect(await readMetric(webhook, 'portcullis_reviews_queued')).toBe(0)
    for (let i = 0; i < 20; i++) expect(await ask(i % 2 === 0, 1)).toBe(200)
  })

  test('H13: whose clients have gone before their turn comes are not evaluated', async () => {
    const loop = fixtureBinding('loop', { match: { namespaces: ['burn'] } })
    webhook = await startWebhook({
      deps: { engine: fixtureEngine([fixtureBinding('echo'), loop]) },
      config: { circuit: { consecutiveErrors: 100 }, limits: { deadlineMs: 60_000 } },
    })
    const dialMany = (count: number): Promise<TLSSocket[]> =>
      Promise.all(Array.from({ length: count }, () => webhook.dial()))
    const [burning, leaving] = [await dialMany(5), await dialMany(30)]
    const send = (socket: TLSSocket, namespace: string): void => {
      const { head, body } = inParts({ namespace })
      socket.write(head.replace('Host: x', 'Host: x\r\nConnection: close') + body.toString())
    }
    const judged = (): unknown[] =>
      webhook.log.flatMap(({ message, fields }) =>
        message === 'decision' ? [fields['namespace']] : [],
      )
    const answers = burning.map(readAll)
    for (const socket of burning) send(socket, 'burn')
    while (!judged().includes('burn')) await setImmediate()
    for (const socket of leaving) {
      send(socket, 'gone')
      socket.end(() => socket.destroy())
    }
    for (const answer of await Promise.all(answers)) expect(answer).toContain('"allowed":false')
    await decide({ namespace: 'last' })
    expect(judged()).toEqual([...Array<string>(5).fill('burn'), 'last'])
  })
})

describe('bodies', () => {
  test('H15: of more than there is memory for are shed, until others are done with theirs', async () => {
    webhook = await startWebhook({ config: { limits: { maxBufferedBytes: 64 * 1024 } } })
    const { head, body } = inParts({ object: podObject({ padding: 'x'.repeat(60_000) }) })
    const socket = await webhook.dial()
    const answer = readAll(socket)
    socket.write(head.replace('Host: x', 'Host: x\r\nConnection: close'))
    socket.write(body.subarray(0, 60_000))
    await expect.poll(async () => (await webhook.post(body)).code, { timeout: 30_000 }).toBe(503)
    expect(await shed('memory')).toBeGreaterThan(0)
    expect((await decide()).allowed).toBe(true)
    socket.write(body.subarray(60_000))
    expect(await answer).toContain('"allowed":true')
    for (let i = 0; i < 20; i++) expect((await webhook.post(body)).code).toBe(200)
  })
})

describe('deadlines', () => {
  test.each([
    ['/validate', 2_000],
    ['/validate?timeout=10s', 2_000],
    ['/validate?timeout=1s', 250],
  ])('H15: a review of %s whose turn comes after %i ms is shed', async (path, limitMs) => {
    const clock = skewedClock()
    webhook = await startWebhook({ deps: { clock } })
    const { head, body } = inParts({}, path)
    const after = async (milliseconds: number): Promise<string> => {
      const socket = await webhook.dial()
      const answer = readAll(socket)
      socket.write(head.replace('Host: x', 'Host: x\r\nConnection: close'))
      // Its time runs from here: a probe is answered after the head is read.
      await webhook.ask('/livez')
      clock.pass(milliseconds)
      socket.write(body)
      return answer
    }
    expect(await after(limitMs)).toMatch(/^HTTP\/1\.1 503 [^]*overloaded: the time for the review/)
    expect(await shed('deadline')).toBe(1)
    expect((await decide()).allowed).toBe(true)
    expect(webhook.log.map((line) => line.message)).toEqual(['decision'])
  })

  test.each([
    ['Fail', false],
    ['Ignore', true],
  ] as const)(
    'H15: bindings reached after it are not evaluated; %s decides, and the others’ findings stay',
    async (failurePolicy, allowed) => {
      const clock = skewedClock()
      const engine = fixtureEngine([
        fixtureBinding('echo', { name: 'first', validationActions: ['Warn'] }),
        fixtureBinding('echo', { name: 'second', failurePolicy }),
        fixtureBinding('loop', { name: 'third', failurePolicy }),
      ])
      // The first one's evaluation asks for the Namespace, and takes for ever.
      const slowly: typeof namespaces = (name) => {
        clock.pass(10_000)
        return namespaces(name)
      }
      webhook = await startWebhook({ deps: { clock, engine, namespaces: fixedNamespaces(slowly) } })
      const response = await decide()
      expect(response.allowed).toBe(allowed)
      expect(response.warnings?.[0]).toMatch(/^first: /)
      expect(response.auditAnnotations?.['failed']).toBe(
        'second (deadline-exceeded); third (deadline-exceeded)',
      )
      const told = allowed ? response.warnings?.join('\n') : response.status?.message
      expect(told).toContain('policy loop could not be evaluated: ')
      expect(told).toContain('the time for the review was over')
      const code = 'code="deadline-exceeded"'
      expect(
        await readMetric(webhook, `portcullis_binding_errors_total{binding="third",${code}}`),
      ).toBe(1)
    },
  )

  test('H15: that are over are no fault of the policy: no circuit opens', async () => {
    const clock = skewedClock()
    const slowly: typeof namespaces = (name) => {
      clock.pass(10_000)
      return namespaces(name)
    }
    const bindings = ['first', 'second'].map((name) => fixtureBinding('echo', { name }))
    webhook = await startWebhook({
      deps: { clock, engine: fixtureEngine(bindings), namespaces: fixedNamespaces(slowly) },
      config: { circuit: { consecutiveErrors: 1 } },
    })
    for (let i = 0; i < 3; i++) {
      const { auditAnnotations } = await decide()
      expect(auditAnnotations?.['failed']).toBe('second (deadline-exceeded)')
    }
  })
})
