import { constants, type X509Certificate } from 'node:crypto'
import { createServer as createHttp, type Server as HttpServer } from 'node:http'
import { createServer as createHttps, type Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import type { ServerLimits } from './limits.ts'
import { ServerError } from './server-error.ts'

export interface ListenAddress {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
}

/** All PEM. */
export interface TlsFiles {
  /** The certificate, or its chain with the certificate first. */
  readonly certificate: string
  readonly key: string
  /** Given, clients must show a certificate of this CA. */
  readonly clientCa?: string
  /** Given too, the certificate's common name or one of its DNS names must be one of these. */
  readonly clientNames?: readonly string[]
}

export type Fetch = (request: Request, bindings: HttpBindings) => Response | Promise<Response>

// Forward secrecy and authenticated encryption only; every Go client has these.
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')
/** Node looks for slow clients this often. */
const CONNECTION_CHECK_MS = 1_000

/** HTTP/1.1 over TLS 1.2 and 1.3; the API server speaks nothing else to a webhook. @throws ServerError `tls-refused`. */
export function createWebhookListener(
  fetch: Fetch,
  tls: TlsFiles,
  limits: ServerLimits,
  onHandshakeFailure: (reason: 'handshake' | 'client-name') => void,
): HttpsServer {
  try {
    const server = createAdaptorServer({
      fetch: asCallback(fetch),
      createServer: createHttps,
      serverOptions: {
        ...connectionOptions(limits),
        ...secureContext(tls),
        requestCert: tls.clientCa !== undefined,
        rejectUnauthorized: true,
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: limits.handshakeTimeoutMs,
      },
    }) as HttpsServer
    server.maxConnections = limits.maxConnections
    trackSockets(server)
    server.on('tlsClientError', () => onHandshakeFailure('handshake'))
    const { clientNames } = tls
    if (clientNames !== undefined) {
      // First of those who hear of the connection: the next is Node's, which begins to read requests.
      server.prependListener('secureConnection', (socket) => {
        if (hasName(socket.getPeerX509Certificate(), clientNames)) return
        onHandshakeFailure('client-name')
        socket.destroy()
      })
    }
    return server
  } catch (cause) {
    throw refused(cause)
  }
}

/**
 * New connections are served with these; those that are open stay as they are. Whether clients are asked for a certificate, and
 * for which names, does not change.
 *
 * @throws ServerError `tls-refused`, and then nothing has changed.
 */
export function replaceTls(server: HttpsServer, tls: TlsFiles): void {
  try {
    server.setSecureContext(secureContext(tls))
  } catch (cause) {
    throw refused(cause)
  }
}

/** All of it each time: what is left out of a replacement falls back to Node's defaults, without a word. */
function secureContext(tls: TlsFiles): SecureContextOptions {
  const mutual =
    tls.clientCa === undefined
      ? {}
      : {
          ca: tls.clientCa,
          // A resumed session is not verified again, and its certificate may have expired since.
          secureOptions: constants.SSL_OP_NO_TICKET,
        }
  return {
    cert: tls.certificate,
    key: tls.key,
    ...mutual,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
  }
}

function refused(cause: unknown): ServerError {
  return new ServerError('tls-refused', 'the certificate, key or client CA is refused', { cause })
}

/**
 * The common name counts beside the DNS names: certificates of API servers often have no other. Both are compared by Node,
 * entry by entry; in the texts that it makes of them one name may hold what looks like two.
 */
function hasName(certificate: X509Certificate | undefined, allowed: readonly string[]): boolean {
  if (certificate === undefined) return false
  const common: unknown = certificate.toLegacyObject().subject.CN
  return allowed.some(
    (name) =>
      common === name ||
      certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined,
  )
}

export function createOperatorListener(fetch: Fetch, limits: ServerLimits): HttpServer {
  const server = createAdaptorServer({
    fetch: asCallback(fetch),
    createServer: createHttp,
    serverOptions: connectionOptions(limits),
  }) as HttpServer
  server.maxConnections = limits.maxConnections
  trackSockets(server)
  return server
}

/** @throws ServerError with the code of what is wrong with the address. */
export function listen(
  server: HttpServer | HttpsServer,
  { host, port }: ListenAddress,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const { code = 'unknown' } = cause
      const where = `${host.includes(':') ? `[${host}]` : host}:${port}`
      if (code === 'EADDRINUSE') {
        reject(new ServerError('address-in-use', `${where} is in use`, { cause }))
      } else if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
        reject(
          new ServerError('address-not-available', `${where} is not an address of this machine`, {
            cause,
          }),
        )
      } else {
        reject(new ServerError('listen-failed', `cannot listen on ${where}: ${code}`, { cause }))
      }
    }
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('bug: not a TCP address')
      resolve(address)
    })
  })
}

/**
 * Takes no more connections, lets requests in flight finish, and after the grace ends what is left, handshakes that never
 * ended included: those are no connections to Node's HTTP server yet.
 */
export function closeListener(server: HttpServer | HttpsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const endAll = (): void => {
      for (const socket of SOCKETS.get(server) ?? []) socket.destroy()
    }
    const timer = setTimeout(endAll, graceMs)
    // It calls back with an error where the server was closed already, which is as good.
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    if (graceMs === 0) endAll()
  })
}

const SOCKETS = new WeakMap<HttpServer | HttpsServer, Set<Socket>>()

/** Open ones, those in their handshake included. */
export function countConnections(server: HttpServer | HttpsServer): number {
  return SOCKETS.get(server)?.size ?? 0
}

function trackSockets(server: HttpServer | HttpsServer): void {
  const sockets = new Set<Socket>()
  SOCKETS.set(server, sockets)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
}

function asCallback(
  fetch: Fetch,
): (request: Request, bindings: unknown) => Response | Promise<Response> {
  return (request, bindings) => fetch(request, bindings as HttpBindings)
}

function connectionOptions(limits: ServerLimits): {
  readonly maxHeaderSize: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly connectionsCheckingInterval: number
} {
  return {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
  }
}
