import { spawnSync } from 'node:child_process'
import type { HttpBindings } from '@hono/node-server'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LOG_LEVELS } from '../../src/host/log-level.ts'
import { nodeLogger } from '../../src/host/logger.ts'
import { createOperatorApp, type OperatorDeps } from '../../src/server/create-operator-app.ts'
import { ROOT } from '../support/portcullis.ts'
import { startWebhook, type Webhook } from '../support/webhook.ts'

const PATH = '/debug/log-level'

let control: ReturnType<typeof nodeLogger>
let webhook: Webhook

beforeEach(() => {
  control = nodeLogger('info')
})

describe('the log level', () => {
  beforeEach(async () => {
    webhook = await startWebhook({ deps: { logLevel: control } })
  })
  afterEach(() => webhook.stop())

  test('is told', async () => {
    const answer = await webhook.ask(PATH)
    expect(answer).toMatchObject({ code: 200, body: '{"level":"info"}' })
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
  })

  test.each(LOG_LEVELS)('is changed to %s', async (level) => {
    expect(await send('PUT', JSON.stringify({ level }))).toMatchObject({
      code: 200,
      body: JSON.stringify({ level }),
    })
    expect(control.level()).toBe(level)
    expect((await webhook.ask(PATH)).body).toBe(JSON.stringify({ level }))
  })

  test('leaves a warning when it changes, and none when it does not', async () => {
    await send('PUT', '{"level":"debug"}')
    await send('PUT', '{"level":"debug"}')
    expect(webhook.log.filter(({ message }) => message === 'log level changed')).toEqual([
      { level: 'warn', message: 'log level changed', fields: { from: 'info', to: 'debug' } },
    ])
  })

  test.each([
    '',
    '{',
    'debug',
    '"debug"',
    'null',
    '[]',
    '{}',
    '{"level":"trace"}',
    '{"level":"toString"}',
    '{"level":1}',
    '{"level":["debug"]}',
    '{"level":"debug","for":"1h"}',
  ])('stays as it is for the body %s', async (body) => {
    expect(await send('PUT', body)).toMatchObject({
      code: 400,
      body: '{"error":"expected {\\"level\\":\\"...\\"} with one of debug, info, warn, error"}',
    })
    expect(control.level()).toBe('info')
  })

  test('stays as it is for a body that is too large, however it comes', async () => {
    const body = `{"level":"debug"}${' '.repeat(2_000)}`
    expect(await send('PUT', body)).toMatchObject({ code: 413 })
    expect(await send('PUT', body, { 'transfer-encoding': 'chunked' })).toMatchObject({ code: 413 })
    expect(control.level()).toBe('info')
  })

  test('knows no other method', async () => {
    for (const method of ['POST', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await send(method, '{"level":"debug"}')
      expect(answer).toMatchObject({ code: 405, allow: 'GET, HEAD, PUT' })
    }
    expect(control.level()).toBe('info')
  })

  test('is not found where the logger has none to change', async () => {
    const plain = await startWebhook()
    expect((await plain.ask(PATH)).code).toBe(404)
    await plain.stop()
  })
})

describe('a change of the log level', () => {
  // Without a socket: a request from another machine's address cannot be made here.
  const change = async (remoteAddress: string | undefined): Promise<Response> => {
    const deps = { logger: control, logLevel: control } as unknown as OperatorDeps
    const bindings = { incoming: { socket: { remoteAddress } } } as unknown as HttpBindings
    const body = '{"level":"error"}'
    return createOperatorApp(deps).request(PATH, { method: 'PUT', body }, bindings)
  }

  test.each([
    '10.1.2.3',
    '::ffff:10.1.2.3',
    'fe80::1',
    '2001:db8::127.0.0.1',
    '1127.0.0.1',
    '',
    undefined,
  ])('is refused to %s', async (address) => {
    const answer = await change(address)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toEqual({
      error: 'only this host may change it, for instance by kubectl port-forward',
    })
    expect(control.level()).toBe('info')
  })

  test.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
    'is open to %s',
    async (address) => {
      expect((await change(address)).status).toBe(200)
      expect(control.level()).toBe('error')
    },
  )
})

test('the logger writes what its level at that time lets through', () => {
  const program = `
    const { nodeLogger } = await import('./.build/host/logger.js')
    const logger = nodeLogger('warn')
    logger.info('one')
    logger.setLevel('debug')
    logger.debug('two')
    logger.setLevel('error')
    logger.warn('three')
  `
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/^{"level":"debug","time":"[^"]+","msg":"two"}\n$/)
})

function send(
  method: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ code: number; body: string; allow: string | undefined }> {
  const { port } = webhook.server.addresses.operator
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: PATH, method, headers, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, body: text, allow: response.headers.allow }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
