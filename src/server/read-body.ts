import type { IncomingMessage } from 'node:http'
import type { ByteBudget } from './byte-budget.ts'

export type Body =
  /** Its bytes are taken from the budget; whoever is done with them gives them back. */
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  /** The bodies of all requests together take what there is. */
  | { readonly kind: 'no-room' }
  /** The client went away, or was too slow. */
  | { readonly kind: 'aborted' }

/**
 * Reads a request's body, counting what really comes: a chunked one has no length, and middleware that trusts the header has
 * been fooled before (CVE-2026-44456). A body that is declared too large is not read at all.
 */
export function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
  budget: ByteBudget,
): Promise<Body> {
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
      if (body.kind !== 'whole') {
        budget.giveBack(length)
        incoming.pause()
      }
      resolve(body)
    }
    const onData = (chunk: Buffer): void => {
      if (length + chunk.length > maxBytes) end({ kind: 'too-large' })
      else if (budget.take(chunk.length)) {
        length += chunk.length
        chunks.push(chunk)
      } else end({ kind: 'no-room' })
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
