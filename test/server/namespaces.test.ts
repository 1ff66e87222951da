// Namespaces that the server takes from an API server, and what a review does that comes before they are known.
import { afterEach, describe, expect, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { watchNamespaces, type NamespaceWatch } from '../../src/cluster/watch-namespaces.ts'
import { nodeClock } from '../../src/host/clock.ts'
import { memoryLogger } from '../support/memory-logger.ts'
import { readMetric } from '../support/read-metric.ts'
import { podObject, reviewBytes } from '../support/review.ts'
import {
  type Answerer,
  json,
  type ScriptedApiServer,
  startScriptedApiServer,
} from '../support/scripted-api-server.ts'
import { startWebhook, type Webhook } from '../support/webhook.ts'

let api: ScriptedApiServer
let namespaces: NamespaceWatch
let webhook: Webhook

afterEach(async () => {
  await webhook.stop()
  await namespaces.stop()
  await api.stop()
})

async function start(answerer: Answerer): Promise<void> {
  api = await startScriptedApiServer(answerer)
  namespaces = watchNamespaces(api.cluster, { clock: nodeClock, logger: memoryLogger([]) })
  webhook = await startWebhook({ deps: { namespaces } })
}

const production = { metadata: { name: 'new', labels: { environment: 'production' } } }
const noneYet: Answerer = (url, response) => {
  if (url.searchParams.has('watch')) response.writeHead(200).flushHeaders()
  else json(response, { metadata: { resourceVersion: '1' }, items: [] })
}
const review = reviewBytes({ namespace: 'new', object: podObject() })

async function decide(): Promise<AdmissionAnswer['response']> {
  const { code, body } = await webhook.post(review)
  expect(code).toBe(200)
  return (JSON.parse(body) as AdmissionAnswer).response
}

describe('namespaces of the API server', () => {
  test('have been read before the server is ready', async () => {
    let isAllowed = false
    await start((url, response, request) => {
      if (isAllowed) noneYet(url, response, request)
      else json(response, { message: 'forbidden' }, 403)
    })
    const before = await webhook.ask('/readyz')
    expect(before.code).toBe(503)
    expect(before.body).toContain('namespaces have not been read yet')
    isAllowed = true
    await expect
      .poll(async () => (await webhook.ask('/readyz')).code, { timeout: 10_000 })
      .toBe(200)
    expect(await readMetric(webhook, 'portcullis_namespaces_watched')).toBe(0)
    expect(await readMetric(webhook, 'portcullis_namespaces_age_seconds')).toBeLessThan(60)
  })

  test('that were made a moment ago are read for the reviews that need them, once', async () => {
    await start((url, response, request) => {
      if (url.pathname.endsWith('/new')) setTimeout(() => json(response, production), 100)
      else noneYet(url, response, request)
    })
    await expect.poll(() => namespaces.fault()).toBeUndefined()
    const answers = await Promise.all([decide(), decide(), decide()])
    for (const { allowed, status } of answers) {
      expect(allowed).toBe(false)
      expect(status?.message).toContain('production-owner')
      expect(status?.code).toBe(403)
    }
    expect(api.asked.filter((each) => each.endsWith('/new'))).toHaveLength(1)
  })

  test('that cannot be read deny under Fail, and others are served meanwhile', async () => {
    await start((url, response, request) => {
      if (!url.pathname.endsWith('/new')) noneYet(url, response, request)
    })
    await expect.poll(() => namespaces.fault()).toBeUndefined()
    let isAnswered = false
    const waiting = decide().finally(() => (isAnswered = true))
    const clusterScoped = await webhook.post(reviewBytes({ namespace: '' }))
    expect(clusterScoped.code).toBe(200)
    expect(isAnswered).toBe(false)
    const { allowed, status } = await waiting
    expect(allowed).toBe(false)
    expect(status?.code).toBe(500)
    expect(status?.message).toContain('unknown-namespace')
  })

  test('that take longer than the caller waits: it is told to ask again', async () => {
    await start((url, response, request) => {
      if (!url.pathname.endsWith('/new')) noneYet(url, response, request)
    })
    await expect.poll(() => namespaces.fault()).toBeUndefined()
    const { code } = await webhook.post(review, { path: '/validate?timeout=1s' })
    expect(code).toBe(503)
  })
})
