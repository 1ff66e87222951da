// An HTTPS server that speaks as much of the API server's protocol as a script says, faults included; test/e2e has the real one.
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueDevCertificates } from '../../src/certs/issue-dev-certificates.ts'
import { type Cluster, openCluster } from '../../src/cluster/open-cluster.ts'

export type Answerer = (url: URL, response: ServerResponse, request: IncomingMessage) => void

export interface ScriptedApiServer {
  readonly cluster: Cluster
  readonly kubeconfig: string
  /** Path and query of every request, in order. */
  readonly asked: readonly string[]
  /** From now on requests are answered so. */
  readonly answerWith: (answerer: Answerer) => void
  readonly breakConnections: () => void
  readonly stop: () => Promise<void>
}

export async function startScriptedApiServer(first: Answerer): Promise<ScriptedApiServer> {
  const { certificate, key, caCertificate } = await issueDevCertificates({
    now: new Date(),
    hosts: ['127.0.0.1'],
  })
  let answerer = first
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer({ cert: certificate, key }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://127.0.0.1')
    asked.push(`${url.pathname}${url.search}`)
    answerer(url, response, request)
  })
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-api-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const { port } = server.address() as AddressInfo
  await writeFile(kubeconfig, describe(`https://127.0.0.1:${port}`, caCertificate))
  const breakConnections = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    cluster: await openCluster(kubeconfig),
    kubeconfig,
    asked,
    answerWith: (next) => {
      answerer = next
    },
    breakConnections,
    stop: async () => {
      breakConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

export function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function describe(server: string, ca: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name: 'u', user: { token: 'a-token' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'here' } }],
    'current-context': 'x',
  })
}
