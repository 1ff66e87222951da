// The API server, as a kubeconfig or the pod's service account says. The client library reads these and keeps credentials
// fresh; what is sent and read here is plain JSON, since policies judge objects as they are and not as some version's types.
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps, type RequestOptions } from 'node:https'
import { createInterface } from 'node:readline'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Json, JsonObject } from '../bundle/bundle.ts'
import { ClusterError } from './cluster-error.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'

export interface ClusterRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the API server's root: `/api/v1/namespaces`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Json
  readonly contentType?: string
  /** From the call to the end of the answer's headers, and after that between two pieces of it. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface Cluster {
  /** The server's URL. */
  readonly server: string
  /** The kubeconfig context's, or the pod's own. */
  readonly namespace: string | undefined
  /** @throws ClusterError */
  readonly ask: (request: ClusterRequest) => Promise<JsonObject>
  /** The answer as it comes. @throws ClusterError */
  readonly askText: (request: ClusterRequest) => Promise<string>
  /** An answer of one object a line, as they come. @throws ClusterError */
  readonly follow: (request: ClusterRequest) => AsyncGenerator<JsonObject, void, undefined>
}

const MAX_ANSWER_BYTES = 256 * 1024 * 1024

/**
 * Undefined is what kubectl would take: `KUBECONFIG`, `~/.kube/config`, or in a pod its service account; and of these the
 * current context.
 *
 * @throws ClusterError `no-cluster`
 */
export async function openCluster(
  kubeconfig: string | undefined,
  context?: string,
): Promise<Cluster> {
  // Tens of megabytes of generated code, and most commands ask no cluster.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (cause) {
    throw new ClusterError('no-cluster', `the kubeconfig cannot be read: ${messageOf(cause)}`, {
      cause,
    })
  }
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name)
    if (!known.includes(context)) {
      const there = known.length === 0 ? 'none' : known.map((name) => `\`${name}\``).join(', ')
      throw new ClusterError(
        'no-cluster',
        `the kubeconfig has no context \`${context}\`, there is ${there}`,
      )
    }
    config.setCurrentContext(context)
  }
  return connectTo(config)
}

function connectTo(config: KubeConfig): Cluster {
  const cluster = config.getCurrentCluster()
  // What the library makes up where there is no configuration at all.
  if (cluster === null || cluster.server === 'http://localhost:8080') {
    throw new ClusterError(
      'no-cluster',
      'there is no kubeconfig that names a cluster, and this is no pod with a service account',
    )
  }
  const { server } = cluster
  const send = async (request: ClusterRequest): Promise<IncomingMessage> => {
    const bytes = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body))
    const options: RequestOptions = {
      method: request.method ?? 'GET',
      headers: {
        accept: 'application/json',
        ...(bytes !== undefined && {
          'content-type': request.contentType ?? 'application/json',
          'content-length': bytes.length,
        }),
      },
    }
    try {
      await config.applyToHTTPSOptions(options)
    } catch (cause) {
      throw new ClusterError('unreachable', `no credentials for ${server}: ${messageOf(cause)}`, {
        cause,
      })
    }
    const response = await exchange(server, request, options, bytes)
    const { statusCode: status = 0 } = response
    if (status >= 200 && status < 300) return response
    const text = await readAll(response).catch(() => '')
    throw new ClusterError('refused', describeRefusal(request, status, text), { status })
  }
  const askText: Cluster['askText'] = async (request) => readAll(await send(request))
  return {
    server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    ask: async (request) => parseObject(await askText(request)),
    askText,
    follow: async function* (request) {
      yield* readLines(await send(request))
    },
  }
}

function exchange(
  server: string,
  request: ClusterRequest,
  options: RequestOptions,
  bytes: Uint8Array | undefined,
): Promise<IncomingMessage> {
  const { path, query, timeoutMs, signal } = request
  const url = new URL(`${server.replace(/\/$/, '')}${path}`)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  const start = url.protocol === 'http:' ? requestHttp : requestHttps
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(
        new ClusterError('unreachable', `${server} does not answer: ${messageOf(cause)}`, {
          cause,
        }),
      )
    const sent = start(url, { ...options, ...(signal === undefined ? {} : { signal }) }, resolve)
    sent.on('error', fail)
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`nothing for ${timeoutMs / 1_000} s`)))
    sent.end(bytes)
  })
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_ANSWER_BYTES) throw new Error('the answer has no end')
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new ClusterError('unreachable', `the answer broke off: ${messageOf(cause)}`, { cause })
  }
  return Buffer.concat(chunks).toString()
}

async function* readLines(response: IncomingMessage): AsyncGenerator<JsonObject, void, undefined> {
  const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) yield parseObject(line)
    if (!response.complete) throw new Error('closed')
  } catch (cause) {
    if (cause instanceof ClusterError) throw cause
    throw new ClusterError('unreachable', `the answer broke off: ${messageOf(cause)}`, { cause })
  } finally {
    response.destroy()
  }
}

/** @throws ClusterError `unexpected-answer` */
export function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Told below.
  }
  throw new ClusterError('unexpected-answer', 'the API server’s answer is no JSON object')
}

/** The API server's own words, of a Status; an answer of anything else may be a page of somebody's proxy. */
function describeRefusal(
  { method = 'GET', path }: ClusterRequest,
  status: number,
  text: string,
): string {
  let message = ''
  try {
    const { message: said } = JSON.parse(text) as { readonly message?: unknown }
    if (typeof said === 'string') message = `: ${said}`
  } catch {
    // Then the status has to do.
  }
  return `${method} ${path} is refused with ${status}${message}`
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'closed'
}
