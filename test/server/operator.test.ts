import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { podObject, reviewBytes, UID } from '../support/review.ts'
import { verifyAnswer } from '../support/verify-answer.ts'
import { defaultEngine, readAll, startWebhook, type Webhook } from '../support/webhook.ts'

let webhook: Webhook

beforeAll(async () => {
  webhook = await startWebhook()
})
afterAll(() => webhook.stop())

describe('the operator’s listener', () => {
  test('is live and ready', async () => {
    expect(await webhook.ask('/livez')).toMatchObject({ code: 200, body: 'ok\n' })
    expect(await webhook.ask('/readyz')).toMatchObject({ code: 200, body: 'ok\n' })
  })

  test('has nothing else, and no review path', async () => {
    for (const path of ['/', '/validate', '/debug/pprof/', '/healthz']) {
      expect((await webhook.ask(path)).code).toBe(404)
    }
  })

  test('counts reviews, bindings and errors, and names the bundle', async () => {
    await webhook.post(reviewBytes())
    await webhook.post(reviewBytes({ object: podObject({ hostNetwork: true }) }))
    await webhook.post(
      reviewBytes({ resource: { group: 'x', version: 'v1', resource: 'made-up' } }),
    )
    await webhook.post('{')
    const { headers, body } = await webhook.ask('/metrics')
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    const sample = (line: string): RegExp => new RegExp(`^${line} [1-9]`, 'm')
    const count = 'portcullis_admission_review_duration_seconds_count'
    const pod = 'operation="CREATE",kind="Pod",resource="pods"'
    expect(body).toMatch(sample(`${count}{${pod},outcome="allowed"}`))
    expect(body).toMatch(sample(`${count}{${pod},outcome="denied"}`))
    expect(body).toContain('resource="other"')
    expect(body).not.toContain('made-up')
    const bindings = 'portcullis_binding_evaluation_duration_seconds_count'
    expect(body).toMatch(sample(`${bindings}{binding="no-host-network",outcome="violated"}`))
    expect(body).toMatch(sample('portcullis_binding_violations_total{binding="no-host-network"}'))
    expect(body).toMatch(sample('portcullis_binding_fuel_used_total{binding="no-host-network"}'))
    expect(body).toMatch(sample('portcullis_webhook_connections'))
    expect(body).toMatch(sample('portcullis_ready'))
    expect(body).toMatch(sample('portcullis_http_errors_total{code="400"}'))
    expect(body).toMatch(/^portcullis_bundle_info{.*digest="sha256:[0-9a-f]{64}".*} 1$/m)
    expect(body).toMatch(sample('portcullis_certificate_not_after_timestamp_seconds'))
  })

  test('is not ready when the certificate is not valid any more', async () => {
    let now = new Date()
    const clock = { now: () => now, elapsedMs: () => 0 }
    const ageing = await startWebhook({ deps: { clock } })
    expect((await ageing.ask('/readyz')).code).toBe(200)
    now = new Date(now.getTime() + 100 * 24 * 3_600_000)
    const answer = await ageing.ask('/readyz')
    expect(answer.code).toBe(503)
    expect(answer.body).toMatch(/^not ready: the certificate expired at /)
    expect((await ageing.ask('/livez')).code).toBe(200)
    await ageing.stop()
  })

  test('is not ready when a binding fails its self-test', async () => {
    const engine = await defaultEngine(undefined, { fuelPerBinding: 10 })
    const broken = await startWebhook({ deps: { engine } })
    const answer = await broken.ask('/readyz')
    expect(answer.code).toBe(503)
    expect(answer.body).toContain('not ready: binding no-host-network fails its self-test')
    await broken.stop()
  })
})

describe('stopping', () => {
  test('P1: not ready at once, serves on, and closes every connection it answers', async () => {
    const stopping = await startWebhook({ config: { drainMs: 500 } })
    expect((await stopping.post(reviewBytes())).headers['connection']).toBe('keep-alive')
    const drained = stopping.server.drain()
    expect((await stopping.ask('/readyz')).code).toBe(503)
    const answer = await stopping.post(reviewBytes())
    expect(verifyAnswer(answer.body, UID)).toEqual([])
    expect(answer.headers['connection']).toBe('close')
    await drained
    await expect(stopping.post(reviewBytes())).rejects.toThrow()
    await expect(stopping.ask('/livez')).rejects.toThrow()
  })

  test('P1: a request in flight is finished', async () => {
    const stopping = await startWebhook()
    const body = Buffer.from(reviewBytes())
    const socket = await stopping.dial()
    const answer = readAll(socket)
    socket.write(
      `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    await setTimeout(100)
    const drained = stopping.server.drain()
    await setTimeout(100)
    socket.write(body)
    expect(await answer).toMatch(new RegExp(`connection: close[^]*"uid":"${UID}"`, 'i'))
    await drained
  })

  test('P1: closing ends a drain that waits', async () => {
    const stopping = await startWebhook({ config: { drainMs: 60_000 } })
    const start = performance.now()
    const drained = stopping.server.drain()
    await stopping.server.close()
    await drained
    // Well below the drain's minute, with room for a busy machine.
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})

describe('ending at once', () => {
  test('P1: connections that never got through their handshake do not hold it up', async () => {
    const ending = await startWebhook()
    const { port } = ending.server.addresses.webhook
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    await ending.ask('/livez')
    const start = performance.now()
    await ending.stop()
    // Well below the ten seconds of a handshake.
    expect(performance.now() - start).toBeLessThan(5_000)
    socket.destroy()
  })
})

describe('starting', () => {
  test('P6: an address in use is an error, and leaves no listener behind', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const listen = { host: '127.0.0.1', port }
    const error = { code: 'address-in-use', message: `127.0.0.1:${port} is in use` }
    await expect(startWebhook({ config: { listen } })).rejects.toMatchObject(error)
    await expect(startWebhook({ config: { operatorListen: listen } })).rejects.toMatchObject(error)
    taken.close()
  })
})
