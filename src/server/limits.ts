/** What one connection and one request may take. */
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
}

export const DEFAULT_LIMITS: ServerLimits = {
  // Two objects of 3 MiB, the most a client may send to the API server, and room around them.
  maxBodyBytes: 7 * 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 16_384,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  // The API server keeps idle connections for 90 s and does not repeat a POST: who closes first must not be us.
  keepAliveTimeoutMs: 100_000,
}
