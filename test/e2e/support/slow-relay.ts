// Between a client and the API server, so that what the client asks takes its time. It sees TLS and nothing else.
import { createServer, Socket } from 'node:net'
import type { Cluster } from './cluster.ts'

export interface SlowRelay {
  readonly host: string
  readonly port: number
  /** From now on nothing waits. */
  readonly hurry: () => void
  readonly stop: () => void
}

/** Holds each piece that a client sends for so long. */
export async function startSlowRelay(
  { network, url }: Cluster,
  delayMs: number,
): Promise<SlowRelay> {
  const { hostname: host, port } = new URL(url)
  let isSlow = true
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = new Socket()
    upstream.connect(Number(port), host)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
    upstream.pipe(client)
    client.on('data', (bytes) => {
      if (!isSlow) return upstream.write(bytes)
      client.pause()
      return setTimeout(() => {
        upstream.write(bytes)
        client.resume()
      }, delayMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, network.address, resolve))
  const address = server.address()
  return {
    host,
    port: address !== null && typeof address === 'object' ? address.port : 0,
    hurry: () => (isSlow = false),
    stop: () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
