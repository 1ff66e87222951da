import type { IncomingMessage } from 'node:http'

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  /** The client went away, or was too slow. */
  | { readonly kind: 'aborted' }

/**
 * Reads a request's body, counting what really comes: a chunked one has no length, and middleware that trusts the header has
 * been fooled before (CVE-2026-44456). A body that is declared too large is not read at all.
 */
export function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Body> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) {
    return Promise.resolve({ kind: 'too-large' })
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const end = (body: Body): void => {
      incoming.off('data', onData)
      incoming.off('end', onEnd)
      incoming.off('close', onGone)
      resolve(body)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > maxBytes) {
        incoming.pause()
        end({ kind: 'too-large' })
      } else chunks.push(chunk)
    }
    const onEnd = (): void => {
      const [first] = chunks
      const isOne = chunks.length === 1 && first !== undefined
      end({ kind: 'whole', bytes: isOne ? first : Buffer.concat(chunks, length) })
    }
    const onGone = (): void => end({ kind: 'aborted' })
    incoming.on('data', onData)
    incoming.on('end', onEnd)
    incoming.on('close', onGone)
    // Stays: an error after we are done must find a listener too. `close` follows it.
    incoming.on('error', () => {})
  })
}
