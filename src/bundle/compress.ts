// The writing half of gzip.ts, apart because only who builds a bundle needs it.
import { crc32 } from 'node:zlib'
import { deflateSync } from 'fflate'
import { CHECKSUMMED_HEADER, sha256, TRAILER_BYTES } from './gzip.ts'

/** Deflate is fflate's, not zlib's: its bytes are the same for every Node and every machine. */
export function compress(content: Uint8Array): Uint8Array {
  const trailer = new Uint8Array(TRAILER_BYTES)
  const view = new DataView(trailer.buffer)
  view.setUint32(0, crc32(content), true)
  view.setUint32(4, content.length, true)
  const body = Buffer.concat([deflateSync(content, { level: 9 }), trailer])
  return new Uint8Array(Buffer.concat([CHECKSUMMED_HEADER, sha256(body), body]))
}
