// Something else where the webhook should be: a server with its certificate that answers as it is told.
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DevCertificates } from '../../../src/certs/issue-dev-certificates.ts'

export type Respond = (uid: string, response: ServerResponse) => void

export interface StandIn {
  readonly port: number
  /** How often it was asked. */
  readonly asked: () => number
  readonly respond: (how: Respond) => void
  readonly stop: () => Promise<void>
}

export async function startStandIn(
  host: string,
  { certificate, key }: DevCertificates,
): Promise<StandIn> {
  let asked = 0
  let respond: Respond = (_, response) => response.destroy()
  const server = createServer({ cert: certificate, key }, (request, response) => {
    asked++
    void readUid(request).then((uid) => respond(uid, response))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    asked: () => asked,
    respond: (how) => (respond = how),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readUid(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } }
  return review.request.uid
}
