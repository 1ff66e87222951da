// The real webhook on real sockets, with the default bundle, and a client that verifies what it talks to.
import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { Agent, request, type RequestOptions } from 'node:https'
import { get, type IncomingMessage } from 'node:http'
import { connect, type TLSSocket } from 'node:tls'
import { fixedNamespaces } from '../../src/cluster/namespace-source.ts'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import type { Binding, Bundle, Exception } from '../../src/bundle/bundle.ts'
import {
  type DevCertificates,
  issueDevCertificates,
} from '../../src/certs/issue-dev-certificates.ts'
import { nodeClock } from '../../src/host/clock.ts'
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import type { NamespaceLookup } from '../../src/policy/review.ts'
import {
  type RunningServer,
  type ServerConfig,
  type ServerDeps,
  startServer,
} from '../../src/server/start-server.ts'
import { type LogLine, memoryLogger } from './memory-logger.ts'
import { type Answer, parseAnswers, verifyExchange } from './verify-exchange.ts'

const BUNDLE = new URL('../../policies/bundle.tgz', import.meta.url)

const LOOPBACK = { now: new Date(), hosts: ['localhost', '127.0.0.1'] }
let sharedCertificates: Promise<DevCertificates> | undefined

export interface Webhook {
  readonly server: RunningServer
  readonly certificates: DevCertificates
  readonly log: readonly LogLine[]
  /** Sends a body to the webhook, as the API server does unless told otherwise. */
  readonly post: (body: string | Uint8Array, options?: RequestOptions) => Promise<Answer>
  /** Asks the operator's listener. */
  readonly ask: (path: string) => Promise<Answer>
  /** A TLS connection to write bytes to. */
  readonly dial: () => Promise<TLSSocket>
  readonly stop: () => Promise<void>
}

/** Every namespace is known; one is production. */
export const namespaces: NamespaceLookup = (name) => ({
  kind: 'found',
  object: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        'kubernetes.io/metadata.name': name,
        ...(name === 'shop' ? { environment: 'production' } : {}),
      },
    },
  },
})

export async function defaultBundle(): Promise<Bundle> {
  const { bundle, diagnostics } = readBundle(await readFile(BUNDLE), 'policies/bundle.tgz')
  if (bundle === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return bundle
}

/** The default bundle's engine, its bindings changed and exceptions made where a test needs that. */
export async function defaultEngine(
  change: (binding: Binding) => Binding = (binding) => binding,
  options: Partial<EngineOptions> = {},
  exceptions: readonly Exception[] = [],
): Promise<Engine> {
  const bundle = await defaultBundle()
  const changed = { ...bundle, bindings: bundle.bindings.map(change), exceptions }
  const { engine, diagnostics } = loadEngine(changed, { ...DEFAULT_ENGINE_OPTIONS, ...options })
  if (engine === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return engine
}

export async function startWebhook(
  overrides: {
    readonly config?: Partial<ServerConfig>
    readonly deps?: Partial<ServerDeps>
    readonly certificates?: DevCertificates
  } = {},
): Promise<Webhook> {
  const certificates =
    overrides.certificates ?? (await (sharedCertificates ??= issueDevCertificates(LOOPBACK)))
  const log: LogLine[] = []
  const server = await startServer(
    {
      listen: { host: '127.0.0.1', port: 0 },
      operatorListen: { host: '127.0.0.1', port: 0 },
      tls: { certificate: certificates.certificate, key: certificates.key },
      drainMs: 0,
      ...overrides.config,
    },
    {
      engine: overrides.deps?.engine ?? (await defaultEngine()),
      namespaces: fixedNamespaces(namespaces),
      clock: nodeClock,
      logger: memoryLogger(log),
      version: '0.0.0-test',
      ...overrides.deps,
    },
  )
  const { webhook, operator } = server.addresses
  const agent = new Agent({ ca: certificates.caCertificate, keepAlive: true })
  return {
    server,
    certificates,
    log,
    post: (body, options) =>
      send(body, {
        host: '127.0.0.1',
        port: webhook.port,
        path: '/validate?timeout=10s',
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json' },
        ...options,
      }),
    ask: (path) =>
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port: operator.port, path, agent: false }, (response) => {
          collect(response).then(resolve, reject)
        }).on('error', reject)
      }),
    dial: () =>
      new Promise((resolve, reject) => {
        const socket = connect(
          { host: '127.0.0.1', port: webhook.port, ca: certificates.caCertificate },
          () => resolve(socket),
        )
        socket.on('error', reject)
      }),
    stop: async () => {
      agent.destroy()
      await server.close()
    },
  }
}

/** @throws where anything is wrong with the answer that no answer may have. */
export function send(body: string | Uint8Array, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      collect(response)
        .then((answer) => expectGood(body, answer))
        .then(resolve, reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** All that comes over a connection until the other side closes it. @throws as `send`. */
export async function readAll(socket: TLSSocket): Promise<string> {
  const chunks: Buffer[] = []
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
  const bytes = Buffer.concat(chunks)
  for (const answer of parseAnswers(bytes)) expectGood(undefined, answer)
  return bytes.toString('latin1')
}

function expectGood(sent: string | Uint8Array | undefined, answer: Answer): Answer {
  const faults = verifyExchange(sent, answer)
  if (faults.length === 0) return answer
  throw new Error(`the answer ${faults.join(', ')}: ${JSON.stringify(answer).slice(0, 4_096)}`)
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  if (!isUtf8(body)) throw new Error('the answer is not UTF-8')
  const { statusCode = 0, headers } = response
  return { code: statusCode, headers, body: body.toString('utf8') }
}
