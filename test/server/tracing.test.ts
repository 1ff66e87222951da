import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseReview } from '../../src/admission/parse-review.ts'
import { issueDevCertificates } from '../../src/certs/issue-dev-certificates.ts'
import { nodeClock } from '../../src/host/clock.ts'
import { nodeFiles } from '../../src/host/files.ts'
import type { LogFields, Logger } from '../../src/host/logger.ts'
import type { Engine } from '../../src/policy/engine.ts'
import { judge } from '../../src/policy/judge.ts'
import type { ReviewTrace, Tracing } from '../../src/server/tracing.ts'
import { startTracing } from '../../src/server/tracing.ts'
import { clientCa } from '../support/client-certificates.ts'
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from '../support/otlp-receiver.ts'
import { ROOT } from '../support/portcullis.ts'
import { podObject, reviewBytes, UID } from '../support/review.ts'
import { defaultEngine, namespaces, startWebhook } from '../support/webhook.ts'

type Variables = Readonly<Record<string, string>>

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT_ID = 'b7ad6b7169203331'

let engine: Engine
let receiver: OtlpReceiver
let log: { readonly level: string; readonly message: string; readonly fields: LogFields }[]

beforeAll(async () => {
  engine = await defaultEngine()
})
beforeEach(async () => {
  receiver = await startOtlpReceiver()
  log = []
})
afterEach(() => receiver.stop())

describe('where traces are on', () => {
  test('a review is a span, and each binding that is evaluated one below it', async () => {
    const before = Date.now()
    let evaluated: readonly string[] = []
    const spans = await traced({}, (tracing) => {
      evaluated = trace(tracing, {}, reviewBytes({ object: podObject({ hostNetwork: true }) }))
    })
    const after = Date.now()
    const [server, ...others] = split(spans)
    expect(server).toMatchObject({
      name: 'POST /validate',
      kind: 2,
      parentSpanId: '',
      status: 0,
      scope: 'portcullis',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/validate',
        'url.path': '/validate',
        'url.scheme': 'https',
        'http.response.status_code': 200,
        'portcullis.review.uid': UID,
        'portcullis.review.operation': 'CREATE',
        'portcullis.review.resource': 'pods',
        'portcullis.review.namespace': 'default',
        'portcullis.decision.id': 'a-decision',
        'portcullis.decision.allowed': false,
      },
    })
    expect(server.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/)
    expect(Number(server.startNanos / 1_000_000n)).toBeGreaterThanOrEqual(before - 1)
    expect(Number(server.endNanos / 1_000_000n)).toBeLessThanOrEqual(after + 1)

    expect(others.map(({ name }) => name)).toEqual(evaluated.map((name) => `evaluate ${name}`))
    expect(evaluated).toContain('no-host-network')
    for (const child of others) {
      expect(child).toMatchObject({ kind: 1, traceId: server.traceId, parentSpanId: server.spanId })
      expect(child.startNanos).toBeGreaterThanOrEqual(server.startNanos)
      expect(child.endNanos).toBeGreaterThan(child.startNanos)
      expect(child.endNanos).toBeLessThanOrEqual(server.endNanos)
    }
    expect(others.find(({ name }) => name === 'evaluate no-host-network')).toMatchObject({
      status: 0,
      attributes: {
        'portcullis.binding': 'no-host-network',
        'portcullis.policy': 'host-network',
        'portcullis.outcome': 'violated',
      },
    })
    for (const { attributes } of others) {
      expect(attributes['portcullis.fuel_used']).toBeGreaterThan(0)
    }
  })

  test('a failed evaluation says why, and is an error', async () => {
    const starved = await defaultEngine(undefined, { fuelPerBinding: 10 })
    const spans = await traced({}, (tracing) => trace(tracing, {}, reviewBytes(), starved))
    const [, ...others] = split(spans)
    expect(others[0]).toMatchObject({
      status: 2,
      attributes: { 'portcullis.outcome': 'failed', 'error.type': 'budget-exceeded' },
    })
  })

  test('an HTTP error of ours is an error, one of the caller’s is none, and what is not known is left out', async () => {
    const spans = await traced({}, (tracing) => {
      tracing.begin({}).end({ statusCode: 503 })
      tracing.begin({}).end({ statusCode: 400 })
    })
    expect(spans.map(({ status }) => status)).toEqual([2, 0])
    expect(Object.keys(spans[0]?.attributes ?? {})).toEqual([
      'http.request.method',
      'http.route',
      'url.path',
      'url.scheme',
      'http.response.status_code',
    ])
  })

  test('nothing of an object is in a span, and no value is as long as its sender likes', async () => {
    const secret = 'c2VjcmV0LXZhbHVl'
    const object = podObject({ hostNetwork: true }, { annotations: { secret } })
    const spans = await traced({}, (tracing) => {
      trace(tracing, {}, reviewBytes({ object }))
      tracing.begin({}).end({ statusCode: 200, namespace: 'n'.repeat(100_000) })
    })
    const text = JSON.stringify(spans, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    expect(text).not.toContain(secret)
    expect(text.length).toBeLessThan(20_000)
  })

  test('the process is named', async () => {
    const end = (tracing: Tracing): void => tracing.begin({}).end({ statusCode: 200 })
    const [plain] = await traced({}, end)
    expect(plain?.resource).toMatchObject({
      'service.name': 'portcullis',
      'service.version': '1.2.3',
      'telemetry.sdk.language': 'nodejs',
    })
    const [named] = await traced(
      {
        OTEL_SERVICE_NAME: 'gate',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=other, k8s.pod.name=gate%2D0,deployment=a=b,',
      },
      end,
    )
    expect(named?.resource).toMatchObject({
      'service.name': 'gate',
      'k8s.pod.name': 'gate-0',
      deployment: 'a=b',
    })
  })
})

describe('the caller’s trace', () => {
  test('is continued', async () => {
    const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, tracestate: 'vendor=a,o=b' }
    const [server, ...others] = split(
      await traced({}, (tracing) => trace(tracing, headers, reviewBytes())),
    )
    expect(server).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID })
    expect(server.traceState).toBe('vendor=a,o=b')
    expect(others.every(({ traceId }) => traceId === TRACE_ID)).toBe(true)
  })

  test.each([
    ['of no form', 'x'],
    ['of no trace', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['of no span', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['of no version', `ff-${TRACE_ID}-${PARENT_ID}-01`],
    ['sent twice', `00-${TRACE_ID}-${PARENT_ID}-01, 00-${TRACE_ID}-${PARENT_ID}-01`],
    ['too long', 'a'.repeat(10_000)],
  ])('is another one where traceparent is %s', async (_, traceparent) => {
    const spans = await traced({}, (tracing) => trace(tracing, { traceparent }, reviewBytes()))
    const [server] = split(spans)
    expect(server.parentSpanId).toBe('')
    expect(server.traceId).not.toBe(TRACE_ID)
  })
})

describe('sampling', () => {
  const sampled = `00-${TRACE_ID}-${PARENT_ID}-01`
  const unsampled = `00-${TRACE_ID}-${PARENT_ID}-00`

  test.each([
    [undefined, undefined, undefined, true],
    [undefined, undefined, sampled, true],
    [undefined, undefined, unsampled, false],
    ['always_on', undefined, unsampled, true],
    ['always_off', undefined, sampled, false],
    ['parentbased_always_off', undefined, undefined, false],
    ['parentbased_always_off', undefined, sampled, true],
    ['PARENTBASED_ALWAYS_ON', undefined, unsampled, false],
    ['traceidratio', '0', sampled, false],
    ['traceidratio', '1.0', unsampled, true],
    ['traceidratio', undefined, undefined, true],
    ['parentbased_traceidratio', '0', undefined, false],
    ['parentbased_traceidratio', '0', sampled, true],
  ])(
    'by %s with %s under the parent %s is %s',
    async (sampler, argument, traceparent, expected) => {
      const spans = await traced(
        {
          ...(sampler === undefined ? {} : { OTEL_TRACES_SAMPLER: sampler }),
          ...(argument === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: argument }),
        },
        (tracing) => {
          trace(tracing, traceparent === undefined ? {} : { traceparent }, reviewBytes())
        },
      )
      expect(spans.length > 0).toBe(expected)
    },
  )
})

describe('the collector', () => {
  const end = (tracing: Tracing): void => tracing.begin({}).end({ statusCode: 200 })

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://HOST' }, '/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://HOST/' }, '/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://HOST/otlp' }, '/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://HOST/in' }, '/in'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://HOST',
      },
      '/',
    ],
  ])('is asked where %o says', async (variables, path) => {
    await traced(variables, end)
    expect(receiver.requests).toMatchObject([
      { path, headers: { 'content-type': 'application/x-protobuf' } },
    ])
  })

  test('gets the headers it wants, those for traces before those for all', async () => {
    await traced(
      {
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20Zm9v==,x-tenant=all',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'X-Tenant=ours',
      },
      end,
    )
    expect(receiver.requests[0]?.headers).toMatchObject({
      authorization: 'Basic Zm9v==',
      'x-tenant': 'ours',
    })
  })

  test('gets gzip where that is asked for', async () => {
    expect(await traced({ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, end)).toHaveLength(1)
    expect(receiver.requests[0]?.headers['content-encoding']).toBe('gzip')
  })

  test('gets batches in time, without being asked to hurry', async () => {
    const tracing = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: at(receiver),
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
    })
    for (let count = 0; count < 10; count++) end(tracing)
    await expect.poll(() => receiver.spans.length, { timeout: 30_000 }).toBe(10)
    expect(receiver.requests.length).toBeGreaterThanOrEqual(3)
    await tracing.shutdown()
  })

  test('is known by its CA, and knows us by our certificate', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'portcullis-tracing-'))
    const server = await issueDevCertificates({ now: new Date(), hosts: ['127.0.0.1'] })
    const clients = clientCa()
    const client = clients.issue('gate')
    const tls = await startOtlpReceiver({
      tls: {
        cert: server.certificate,
        key: server.key,
        ca: clients.caCertificate,
        requestCert: true,
      },
    })
    const file = async (name: string, text: string): Promise<string> => {
      const path = join(directory, name)
      await writeFile(path, text)
      return path
    }
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${tls.port}` }
    const credentials = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: await file('ca.crt', server.caCertificate),
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: await file('tls.crt', client.cert),
      OTEL_EXPORTER_OTLP_CLIENT_KEY: await file('tls.key', client.key),
    }
    const trusting = await start({ ...endpoint, ...credentials })
    end(trusting)
    await trusting.shutdown()
    expect(tls.spans).toHaveLength(1)

    const doubting = await start(endpoint)
    end(doubting)
    await doubting.shutdown()
    expect(tls.spans).toHaveLength(1)
    expect(log).toHaveLength(1)

    await expect(
      start({ ...endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE: await file('no.crt', 'x') }),
    ).rejects.toMatchObject({ code: 'tracing-misconfigured' })
    await tls.stop()
    await rm(directory, { recursive: true })
  })
})

describe('a collector in trouble', () => {
  const reviewOften = (tracing: Tracing): void => {
    for (let count = 0; count < 200; count++) tracing.begin({}).end({ statusCode: 200 })
  }
  const impatient = {
    OTEL_BSP_SCHEDULE_DELAY: '1',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    OTEL_BSP_MAX_QUEUE_SIZE: '50',
  }

  test('that is not there is told of once, and the queue is bounded', async () => {
    const port = await freePort()
    const tracing = await start({
      ...impatient,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    })
    reviewOften(tracing)
    await expect.poll(() => log.length, { timeout: 30_000 }).toBe(1)
    reviewOften(tracing)
    const began = performance.now()
    await tracing.shutdown()
    // Two seconds, and what a busy machine takes.
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(log).toEqual([
      {
        level: 'warn',
        message: 'traces may be lost',
        fields: { reason: `connect ECONNREFUSED 127.0.0.1:${port}` },
      },
    ])
  })

  test('that never answers does not hold up the end', async () => {
    const silent = await startOtlpReceiver({ status: 'never' })
    const tracing = await start({ ...impatient, OTEL_EXPORTER_OTLP_ENDPOINT: at(silent) })
    reviewOften(tracing)
    await expect.poll(() => silent.requests.length, { timeout: 30_000 }).toBeGreaterThan(0)
    const began = performance.now()
    await tracing.shutdown()
    expect(performance.now() - began).toBeLessThan(10_000)
    await silent.stop()
  })

  test('that refuses is told of with its status', async () => {
    const refusing = await startOtlpReceiver({ status: 401 })
    const tracing = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: at(refusing) })
    tracing.begin({}).end({ statusCode: 200 })
    await tracing.shutdown()
    expect(log).toMatchObject([{ level: 'warn', fields: { reason: 'Unauthorized 401' } }])
    await refusing.stop()
  })

  test('takes what fits the queue; the rest is lost, and told of', async () => {
    const tracing = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: at(receiver),
      OTEL_BSP_SCHEDULE_DELAY: '600000',
      OTEL_BSP_MAX_QUEUE_SIZE: '50',
    })
    for (let count = 0; count < 3; count++) {
      const before = receiver.spans.length
      reviewOften(tracing)
      await expect
        .poll(() => receiver.spans.length, { timeout: 30_000 })
        .toBeGreaterThanOrEqual(before + 50)
    }
    await tracing.shutdown()
    // Each time a queue, and where nothing was on its way any more, a batch before it.
    expect(receiver.spans.length % 50).toBe(0)
    expect(receiver.spans.length).toBeLessThanOrEqual(300)
    expect(log).toMatchObject([{ message: 'traces may be lost' }])
  })
})

describe('tracing into the log', () => {
  test('is a line a span', async () => {
    const tracing = await start({ OTEL_TRACES_EXPORTER: 'console' })
    const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`
    const evaluated = trace(tracing, { traceparent }, reviewBytes())
    await tracing.shutdown()
    const spans = log.filter(({ message }) => message === 'span')
    expect(spans).toHaveLength(evaluated.length + 1)
    expect(spans.at(-1)).toMatchObject({
      level: 'info',
      fields: {
        traceId: TRACE_ID,
        parentSpanId: PARENT_ID,
        name: 'POST /validate',
        attributes: { 'portcullis.review.uid': UID },
      },
    })
    expect(receiver.requests).toEqual([])
  })
})

describe('where traces are off', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }

  test.each<Variables>([
    {},
    { OTEL_SERVICE_NAME: 'gate', OTEL_TRACES_SAMPLER: 'no such' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
    { OTEL_TRACES_EXPORTER: 'none', ...endpoint },
    { OTEL_SDK_DISABLED: 'TRUE', OTEL_TRACES_EXPORTER: 'otlp', ...endpoint },
    { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'no such' },
  ])('there is nothing: %o', async (variables) => {
    expect(await startTracing(variables, deps())).toBeUndefined()
  })

  test('nothing of OpenTelemetry is loaded', async () => {
    const loaded = async (variables: Variables): Promise<number> => {
      const program = `
        import { createRequire } from 'node:module'
        const { startTracing } = await import('./.build/server/tracing.js')
        await import('./.build/server/start-server.js')
        const { nodeClock: clock } = await import('./.build/host/clock.js')
        await startTracing(${JSON.stringify(variables)}, { clock, version: '1' })
        const loaded = Object.keys(createRequire(import.meta.url).cache)
        // The metrics' library loads the API.
        console.log(loaded.filter((path) => /opentelemetry\\/(?!api\\/)/.test(path)).length)
        process.exit()
      `
      const args = ['--input-type=module', '-e', program]
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
      return Number(stdout)
    }
    expect(await loaded({})).toBe(0)
    expect(await loaded(endpoint)).toBeGreaterThan(0)
  })
})

describe('a variable that is not understood', () => {
  test.each<[Variables, string]>([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
    [{ OTEL_TRACES_EXPORTER: 'otlp,console' }, 'OTEL_TRACES_EXPORTER'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'x' },
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    ],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'ftp://x' }, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, 'OTEL_EXPORTER_OTLP_COMPRESSION'],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '10s' }, 'OTEL_EXPORTER_OTLP_TIMEOUT'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'hunter2' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=%hunter2' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a b=hunter2' }, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=hunter2%0d%0ab' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ OTEL_RESOURCE_ATTRIBUTES: '=x' }, 'OTEL_RESOURCE_ATTRIBUTES'],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, 'OTEL_TRACES_SAMPLER'],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.1' },
      'OTEL_TRACES_SAMPLER_ARG',
    ],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'x' },
      'OTEL_TRACES_SAMPLER_ARG',
    ],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '0' }, 'OTEL_BSP_MAX_QUEUE_SIZE'],
    [{ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '-1' }, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
    [{ OTEL_BSP_SCHEDULE_DELAY: '1.5' }, 'OTEL_BSP_SCHEDULE_DELAY'],
    [{ OTEL_BSP_EXPORT_TIMEOUT: '1e9' }, 'OTEL_BSP_EXPORT_TIMEOUT'],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file' }, '/no/such/file'],
  ])('stops the start: %o', async (variables, named) => {
    const error: unknown = await startTracing(
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x', ...variables },
      deps(),
    ).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'tracing-misconfigured',
      message: expect.stringContaining(`\`${named}\``),
    })
    expect(String(error)).not.toContain('hunter2')
  })
})

function deps(): Parameters<typeof startTracing>[1] {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      log.push({ level, message, fields })
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
  return { version: '1.2.3', clock: nodeClock, logger, files: nodeFiles }
}

async function start(variables: Variables): Promise<Tracing> {
  const tracing = await startTracing(variables, deps())
  if (tracing === undefined) throw new Error('traces are off')
  return tracing
}

/** Traces to the receiver, unless the variables name another place, and returns what came there. */
async function traced(
  variables: Variables,
  work: (tracing: Tracing) => unknown,
): Promise<readonly ReceivedSpan[]> {
  const here = `127.0.0.1:${receiver.port}`
  const placed = Object.entries({
    ...(Object.keys(variables).some((name) => name.endsWith('ENDPOINT'))
      ? {}
      : { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://HOST' }),
    ...variables,
  }).map(([name, value]) => [name, value.replace('HOST', here)] as const)
  const tracing = await start(Object.fromEntries(placed))
  const count = receiver.spans.length
  work(tracing)
  await tracing.shutdown()
  expect(log).toEqual([])
  return receiver.spans.slice(count)
}

/** Judges a review, and returns the names of the bindings that are evaluated. */
function trace(
  tracing: Tracing,
  headers: Record<string, string>,
  bytes: Uint8Array,
  by: Engine = engine,
): readonly string[] {
  const span: ReviewTrace = tracing.begin(headers)
  const parsed = parseReview(bytes)
  if (parsed.kind !== 'review') throw new Error(`the review is ${parsed.kind}`)
  const { request } = parsed.review
  let startMs = 0
  const outcomes = judge(by, parsed.review, namespaces, new Date(), {
    before: () => {
      startMs = nodeClock.elapsedMs()
      return undefined
    },
    after: (outcome) => span.evaluated(outcome, startMs, nodeClock.elapsedMs()),
  })
  span.end({
    statusCode: 200,
    uid: request.uid,
    operation: request.operation,
    resource: request.resource.resource,
    namespace: request.namespace,
    decisionId: 'a-decision',
    allowed: false,
  })
  return outcomes.flatMap(({ kind, binding }) => (kind === 'skipped' ? [] : [binding.name]))
}

/** The server's span first. */
function split(spans: readonly ReceivedSpan[]): [ReceivedSpan, ...ReceivedSpan[]] {
  const [server, ...more] = spans.filter(({ kind }) => kind === 2)
  if (server === undefined || more.length > 0) throw new Error('not one server span')
  return [server, ...spans.filter((span) => span !== server)]
}

function at({ port }: OtlpReceiver): string {
  return `http://127.0.0.1:${port}`
}

async function freePort(): Promise<number> {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  await new Promise((resolve) => taken.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('not a TCP address')
  return address.port
}

describe('the webhook', () => {
  test('sends a span of each review below the caller’s, with its HTTP status and decision', async () => {
    const endpoint = `http://127.0.0.1:${receiver.port}`
    const tracing = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
    const webhook = await startWebhook({ deps: { tracing } })
    const headers = {
      'content-type': 'application/json',
      traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`,
    }
    const denied = await webhook.post(reviewBytes({ object: podObject({ hostNetwork: true }) }), {
      headers,
    })
    await webhook.post('{', { headers })
    await webhook.stop()
    await tracing.shutdown()
    const { auditAnnotations } = (
      JSON.parse(denied.body) as {
        response: { auditAnnotations: Readonly<Record<string, string>> }
      }
    ).response
    const reviews = receiver.spans.filter((span) => span.name === 'POST /validate')
    expect(reviews.map((span) => span.attributes['http.response.status_code'])).toEqual([200, 400])
    for (const span of reviews) {
      expect(span).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID, kind: 2 })
    }
    expect(Object.values(reviews[0]?.attributes ?? {})).toEqual(
      expect.arrayContaining([UID, 'CREATE', 'pods', auditAnnotations['decision-id'], false]),
    )
    const bindings = receiver.spans.filter((span) => span.name.startsWith('evaluate '))
    expect(bindings.map(({ name }) => name)).toContain('evaluate no-host-network')
    expect(bindings.every(({ parentSpanId }) => parentSpanId === reviews[0]?.spanId)).toBe(true)
  })
})
