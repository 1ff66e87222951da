/** What connections and requests may take. */
export interface ServerLimits {
  readonly maxBodyBytes: number
  readonly maxHeaderBytes: number
  readonly maxConnections: number
  readonly handshakeTimeoutMs: number
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** From the end of a request's headers to its answer; the API server's `?timeout=` may make it shorter. */
  readonly deadlineMs: number
  /** Reviews that are read and wait for their turn; more are shed. */
  readonly maxQueued: number
  /** Of all bodies that are read or wait, together; more are shed. */
  readonly maxBufferedBytes: number
}

export const DEFAULT_LIMITS: ServerLimits = {
  // Two objects of 3 MiB, the most a client may send to the API server, and room around them.
  maxBodyBytes: 7 * 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 16_384,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  // Node looks once a second, so that a slow client is ended within 15 s.
  requestTimeoutMs: 14_000,
  // The API server keeps idle connections for 90 s and does not repeat a POST: who closes first must not be us.
  keepAliveTimeoutMs: 100_000,
  // Less than the 5 s that the API server is told to wait, so that the refusal says why and comes from here.
  deadlineMs: 2_000,
  maxQueued: 256,
  maxBufferedBytes: 128 * 1024 * 1024,
}
