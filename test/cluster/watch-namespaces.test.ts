import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { type NamespaceWatch, watchNamespaces } from '../../src/cluster/watch-namespaces.ts'
import { memoryLogger, type LogLine } from '../support/memory-logger.ts'
import {
  type Answerer,
  json,
  type ScriptedApiServer,
  startScriptedApiServer,
} from '../support/scripted-api-server.ts'

let server: ScriptedApiServer
let watch: NamespaceWatch
let log: LogLine[]
let nowMs = 0
/** The watches that are open, the newest last. */
let watches: ServerResponse[]

afterEach(async () => {
  await watch.stop()
  await server.stop()
})

function namespace(name: string, labels = {}, resourceVersion = '1'): object {
  return { metadata: { name, labels, resourceVersion, managedFields: [{ manager: 'x' }] } }
}

function listing(version: string, ...items: object[]): Answerer {
  return (url, response) => {
    if (url.searchParams.has('watch')) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      watches.push(response)
    } else if (url.pathname === '/api/v1/namespaces') {
      json(response, { kind: 'NamespaceList', metadata: { resourceVersion: version }, items })
    } else {
      json(response, { kind: 'Status', message: 'there is none' }, 404)
    }
  }
}

function send(type: string, object: object): void {
  watches.at(-1)?.write(`${JSON.stringify({ type, object })}\n`)
}

async function start(answerer: Answerer): Promise<void> {
  watches = []
  log = []
  nowMs = 0
  server = await startScriptedApiServer(answerer)
  const clock = { now: () => new Date(), elapsedMs: () => nowMs }
  watch = watchNamespaces(server.cluster, { clock, logger: memoryLogger(log) })
}

const labelsOf = (name: string): unknown => {
  const answer = watch.lookup(name)
  if (answer.kind !== 'found') return answer.kind
  return (answer.object['metadata'] as { labels: unknown }).labels
}

describe('namespaces of a cluster', () => {
  test('are listed, then watched: added, changed and gone', async () => {
    await start(listing('10', namespace('shop', { environment: 'production' }), namespace('old')))
    expect(watch.fault()).toBe('namespaces have not been read yet')
    await expect.poll(() => watches.length).toBe(1)
    expect(watch.fault()).toBeUndefined()
    expect(watch.watched.count()).toBe(2)
    expect(server.asked[1]).toContain('resourceVersion=10')
    expect(watch.lookup('shop')).toEqual({
      kind: 'found',
      object: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', labels: { environment: 'production' }, resourceVersion: '1' },
      },
    })
    send('ADDED', namespace('new', { a: '1' }, '11'))
    send('MODIFIED', namespace('shop', { environment: 'test' }, '12'))
    send('DELETED', namespace('old', {}, '13'))
    await expect.poll(() => labelsOf('old')).toBe('unknown')
    expect(labelsOf('new')).toEqual({ a: '1' })
    expect(labelsOf('shop')).toEqual({ environment: 'test' })
  })

  test('are listed in pages', async () => {
    await start((url, response, request) => {
      if (url.searchParams.get('watch')) return listing('10')(url, response, request)
      const isFirst = url.searchParams.get('continue') === null
      const metadata = { resourceVersion: '10', ...(isFirst && { continue: 'next' }) }
      json(response, { metadata, items: [namespace(isFirst ? 'a' : 'b')] })
    })
    await expect.poll(() => watch.watched.count()).toBe(2)
    expect(labelsOf('a')).toEqual({})
    expect(labelsOf('b')).toEqual({})
  })

  test('a watch that breaks off or ends is taken up where it was', async () => {
    await start(listing('10', namespace('shop')))
    await expect.poll(() => watches.length).toBe(1)
    send('BOOKMARK', namespace('', {}, '20'))
    send('ADDED', namespace('new', {}, '21'))
    await expect.poll(() => labelsOf('new')).toEqual({})
    server.breakConnections()
    await expect.poll(() => watches.length).toBe(2)
    expect(server.asked.at(-1)).toContain('resourceVersion=21')
    watches.at(-1)?.end()
    await expect.poll(() => watches.length).toBe(3)
    expect(server.asked.at(-1)).toContain('resourceVersion=21')
    expect(server.asked.filter((each) => !each.includes('watch'))).toHaveLength(1)
    send('ADDED', namespace('newer', {}, '22'))
    await expect.poll(() => labelsOf('newer')).toEqual({})
    expect(log.map((line) => line.message)).toEqual([
      'namespaces are not watched',
      'namespaces are watched again',
    ])
  })

  test.each([
    ['as an event', true],
    ['as an answer', false],
  ])('a version that is too old, told %s, means to list anew', async (_, asEvent) => {
    await start(listing('10', namespace('shop'), namespace('gone')))
    await expect.poll(() => watches.length).toBe(1)
    const next = listing('50', namespace('shop', { environment: 'test' }))
    let refused = 0
    server.answerWith((url, response, request) => {
      if (!url.search.includes('resourceVersion=10') || asEvent) return next(url, response, request)
      refused++
      json(response, { kind: 'Status', code: 410, message: 'too old' }, 410)
    })
    if (asEvent) send('ERROR', { kind: 'Status', code: 410, message: 'too old', metadata: {} })
    else server.breakConnections()
    await expect.poll(() => labelsOf('gone')).toBe('unknown')
    expect(labelsOf('shop')).toEqual({ environment: 'test' })
    await expect.poll(() => watches.length).toBe(2)
    expect(server.asked.at(-1)).toContain('resourceVersion=50')
    expect(refused).toBe(asEvent ? 0 : 1)
  })

  test.each<[string, Answerer]>([
    ['no JSON', (_, response) => response.end('<html>')],
    ['no list', (_, response) => json(response, {})],
    [
      'half a list',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"metadata"')
        setImmediate(() => response.destroy())
      },
    ],
    ['403', (_, response) => json(response, { message: 'namespaces is forbidden' }, 403)],
    ['500', (_, response) => response.writeHead(500).end('oops')],
    ['nothing', (_, response) => response.destroy()],
  ])('an API server that answers with %s is asked again until it does better', async (_, bad) => {
    await start(bad)
    await expect.poll(() => server.asked.length, { timeout: 10_000 }).toBeGreaterThan(2)
    expect(watch.fault()).toBeDefined()
    expect(labelsOf('shop')).toBe('unknown')
    expect(log.map((line) => line.message)).toEqual(['namespaces are not watched'])
    server.answerWith(listing('10', namespace('shop')))
    await expect.poll(() => watches.length, { timeout: 10_000 }).toBe(1)
    expect(watch.fault()).toBeUndefined()
    expect(labelsOf('shop')).toEqual({})
    send('BOOKMARK', namespace('', {}, '11'))
    await expect.poll(() => log.at(-1)?.message).toBe('namespaces are watched again')
  })

  test('that may be listed and not watched are listed now and then, not without end', async () => {
    await start((url, response, request) => {
      if (url.searchParams.has('watch')) json(response, { message: 'forbidden' }, 403)
      else listing('10', namespace('shop'))(url, response, request)
    })
    await expect.poll(() => server.asked.length, { timeout: 10_000 }).toBe(6)
    expect(log.map((line) => line.message)).toEqual(['namespaces are not watched'])
    expect(labelsOf('shop')).toEqual({})
  })

  test('that are not heard of for too long are not believed, and read one by one', async () => {
    await start(listing('10', namespace('shop', { environment: 'test' })))
    await expect.poll(() => watches.length).toBe(1)
    nowMs = 149_000
    expect(watch.prepare('shop')).toBeUndefined()
    expect(watch.watched.ageSeconds()).toBe(149)
    nowMs = 151_000
    expect(labelsOf('shop')).toBe('unknown')
    server.answerWith((_, response) =>
      json(response, namespace('shop', { environment: 'production' })),
    )
    await watch.prepare('shop')
    expect(labelsOf('shop')).toEqual({ environment: 'production' })
    send('BOOKMARK', namespace('', {}, '30'))
    await expect.poll(() => labelsOf('shop')).toEqual({ environment: 'test' })
  })
})

describe('a Namespace that is not known yet', () => {
  test('is read once, by however many reviews', async () => {
    await start(listing('10'))
    await expect.poll(() => watches.length).toBe(1)
    server.answerWith((_, response) =>
      json(response, namespace('new', { environment: 'production' })),
    )
    const before = server.asked.length
    await Promise.all([watch.prepare('new'), watch.prepare('new'), watch.prepare('new')])
    expect(labelsOf('new')).toEqual({ environment: 'production' })
    expect(watch.prepare('new')).toBeUndefined()
    expect(server.asked.slice(before)).toEqual(['/api/v1/namespaces/new'])
    nowMs = 6_000
    await watch.prepare('new')
    expect(server.asked.length).toBe(before + 2)
  })

  test.each<[string, Answerer]>([
    ['does not exist', (_, response) => json(response, { message: 'not found' }, 404)],
    ['is not ours to read', (_, response) => json(response, { message: 'forbidden' }, 403)],
    ['comes as another', (_, response) => json(response, { metadata: { name: 'other' } })],
    ['never comes', () => {}],
  ])('and %s stays unknown', async (_, answerer) => {
    await start(listing('10'))
    await expect.poll(() => watches.length).toBe(1)
    server.answerWith(answerer)
    await watch.prepare('new')
    expect(labelsOf('new')).toBe('unknown')
    expect(labelsOf('other')).toBe('unknown')
  })

  test('of very many, only so many are read at a time', async () => {
    await start(listing('10'))
    await expect.poll(() => watches.length).toBe(1)
    const before = server.asked.length
    server.answerWith(() => {})
    const waits = Array.from({ length: 1_000 }, (_, i) => watch.prepare(`n${i}`))
    const reads = waits.filter((each) => each !== undefined)
    expect(reads).toHaveLength(64)
    await Promise.all(reads)
    expect(server.asked.length - before).toBeLessThanOrEqual(64)
  })
})
