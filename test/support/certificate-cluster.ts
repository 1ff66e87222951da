// As much of an API server as keeping certificates takes: one Secret, one webhook configuration, versions, and watches.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json, type ScriptedApiServer, startScriptedApiServer } from './scripted-api-server.ts'

type Data = Readonly<Record<string, string>>

export interface Secret {
  readonly metadata: { readonly resourceVersion: string; readonly labels?: Data }
  readonly data?: Data
}

export interface Configuration {
  readonly metadata: { readonly resourceVersion: string }
  readonly webhooks: readonly {
    readonly name: string
    readonly clientConfig: {
      readonly caBundle?: string
      readonly service?: { readonly name: string; readonly namespace: string }
    }
    readonly failurePolicy?: string
  }[]
}

type Kind = 'secret' | 'configuration'
/** Answers instead of the API server where it returns true; may take its time. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  kind: Kind,
) => boolean | Promise<boolean>

export interface CertificateCluster extends ScriptedApiServer {
  readonly secret: () => Secret | undefined
  readonly configuration: () => Configuration | undefined
  /** As somebody else would write it; undefined deletes it. */
  readonly setSecret: (data: Data | undefined) => void
  readonly setConfiguration: (webhooks: Configuration['webhooks'] | undefined) => void
  readonly fail: (fault: Fault | undefined) => void
  /** Every write that was taken. */
  readonly writes: readonly { readonly method: string; readonly body: unknown }[]
  readonly watching: () => number
  readonly caBundle: () => string
}

export const NAMES = {
  namespace: 'here',
  secret: 'portcullis-certificates',
  service: 'portcullis',
  webhookConfiguration: 'portcullis',
}
export const OUR_WEBHOOK = {
  name: 'validate.portcullis.dev',
  clientConfig: { caBundle: '', service: { name: 'portcullis', namespace: 'here' } },
  failurePolicy: 'Fail',
}

export async function startCertificateCluster(): Promise<CertificateCluster> {
  let version = 1
  let fault: Fault | undefined
  const objects: { secret?: Secret; configuration?: Configuration } = {}
  const watches: Record<Kind, Set<ServerResponse>> = { secret: new Set(), configuration: new Set() }
  const writes: { method: string; body: unknown }[] = []
  const next = (): { resourceVersion: string } => ({ resourceVersion: String(++version) })
  const tell = (kind: Kind, type: string): void => {
    const object = objects[kind] ?? { metadata: next() }
    for (const watch of watches[kind]) watch.write(`${JSON.stringify({ type, object })}\n`)
  }
  const setSecret = (secret: Omit<Secret, 'metadata'> | undefined): void => {
    if (secret === undefined) delete objects.secret
    else objects.secret = { ...secret, metadata: next() }
    tell('secret', secret === undefined ? 'DELETED' : 'MODIFIED')
  }
  const setConfiguration = (webhooks: Configuration['webhooks'] | undefined): void => {
    if (webhooks === undefined) delete objects.configuration
    else objects.configuration = { webhooks, metadata: next() }
    tell('configuration', webhooks === undefined ? 'DELETED' : 'MODIFIED')
  }
  setConfiguration([OUR_WEBHOOK])

  const answer = async (url: URL, response: ServerResponse, request: IncomingMessage) => {
    const kind: Kind = url.pathname.includes('/secrets') ? 'secret' : 'configuration'
    const { method = '' } = request
    if ((await fault?.(request, response, kind)) === true) return
    if (url.searchParams.has('watch')) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      watches[kind].add(response)
      response.on('close', () => watches[kind].delete(response))
      const object = objects[kind]
      if (object !== undefined) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`)
      return
    }
    const body = method === 'GET' ? undefined : await readBody<Secret & Configuration>(request)
    const before = objects[kind]
    const refuse = (code: number, message: string): void =>
      json(response, { kind: 'Status', code, message }, code)
    if (body === undefined) return before ? json(response, before) : refuse(404, 'not found')
    if (method === 'POST' ? before !== undefined : before === undefined) {
      return method === 'POST' ? refuse(409, 'already exists') : refuse(404, 'not found')
    }
    const isStale = before?.metadata.resourceVersion !== body.metadata.resourceVersion
    if (method !== 'POST' && isStale) return refuse(409, 'the object has been modified')
    writes.push({ method, body })
    if (kind === 'secret') setSecret(body)
    else setConfiguration(merge(objects.configuration?.webhooks ?? [], body.webhooks))
    json(response, objects[kind] ?? {})
  }
  const server = await startScriptedApiServer((...args) => void answer(...args))
  return {
    ...server,
    secret: () => objects.secret,
    configuration: () => objects.configuration,
    setSecret: (data) => setSecret(data === undefined ? undefined : { data }),
    setConfiguration,
    fail: (next) => (fault = next),
    writes,
    watching: () => watches.secret.size + watches.configuration.size,
    caBundle: () => {
      const bundle = objects.configuration?.webhooks[0]?.clientConfig.caBundle ?? ''
      return Buffer.from(bundle, 'base64').toString()
    },
  }
}

/** What a strategic merge patch makes of webhooks: by name, and of each only what it says. */
function merge(
  webhooks: Configuration['webhooks'],
  patches: Configuration['webhooks'],
): Configuration['webhooks'] {
  return webhooks.map((webhook) => {
    const patch = patches.find(({ name }) => name === webhook.name)
    if (patch === undefined) return webhook
    return { ...webhook, clientConfig: { ...webhook.clientConfig, ...patch.clientConfig } }
  })
}

async function readBody<T>(request: IncomingMessage): Promise<T> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as T
}
