import type { IncomingMessage } from 'node:http'
import type { ByteBudget } from './byte-budget.ts'

export type Body =
  | {
      readonly kind: 'whole'
      readonly bytes: Uint8Array
      /** Gives what the bytes take back to the budget; once. */
      readonly release: () => void
    }
  | { readonly kind: 'too-large' }
  /** The bodies of all requests together take what there is. */
  | { readonly kind: 'no-room' }
  /** The client went away, or was too slow. */
  | { readonly kind: 'aborted' }

const FIRST_BYTES = 1_024

/**
 * Reads a request's body, counting what really comes: a chunked one has no length, and middleware that trusts the header has
 * been fooled before (CVE-2026-44456). A body that is declared too large is not read at all.
 */
export function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
  budget: ByteBudget,
): Promise<Body> {
  const declared = Number(incoming.headers['content-length'] ?? maxBytes)
  if (declared > maxBytes) return Promise.resolve({ kind: 'too-large' })
  return new Promise((resolve) => {
    // Copied together at once: a chunk may be a single byte, and to keep it costs hundreds.
    let buffer = Buffer.alloc(0)
    let length = 0
    const makeRoom = (needed: number): boolean => {
      if (needed <= buffer.length) return true
      const size = Math.max(needed, Math.min(declared, Math.max(FIRST_BYTES, 2 * buffer.length)))
      if (!budget.take(size - buffer.length)) return false
      const larger = Buffer.allocUnsafeSlow(size)
      buffer.copy(larger, 0, 0, length)
      buffer = larger
      return true
    }
    const release = (): void => budget.giveBack(buffer.length)
    const end = (body: Body): void => {
      incoming.off('data', onData)
      incoming.off('end', onEnd)
      incoming.off('close', onGone)
      if (body.kind !== 'whole') {
        release()
        incoming.pause()
      }
      resolve(body)
    }
    const onData = (chunk: Buffer): void => {
      const total = length + chunk.length
      if (total > maxBytes) end({ kind: 'too-large' })
      else if (makeRoom(total)) {
        chunk.copy(buffer, length)
        length = total
      } else end({ kind: 'no-room' })
    }
    const onEnd = (): void => end({ kind: 'whole', bytes: buffer.subarray(0, length), release })
    const onGone = (): void => end({ kind: 'aborted' })
    incoming.on('data', onData)
    incoming.on('end', onEnd)
    incoming.on('close', onGone)
    // Stays: an error after we are done must find a listener too. `close` follows it.
    incoming.on('error', () => {})
  })
}
