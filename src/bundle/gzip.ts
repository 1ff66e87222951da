// Gzip (RFC 1952), one member. Its CRC does not cover the header, and more than one deflate stream unpacks to the same bytes:
// the padding bits after its end, a copy taken from another place. So an archive of ours carries, in the header's extra
// field, the SHA-256 of all that follows the header; OPA's and everyone's readers pass over that field. It finds damage, before
// anything is unpacked; it is no signature.
import { createHash } from 'node:crypto'
import { crc32, inflateRawSync } from 'node:zlib'
import { ArchiveFault } from './archive-fault.ts'
import { MAX_ARCHIVE_BYTES, MAX_UNPACKED_BYTES } from './limits.ts'

const CHECKSUM_BYTES = 32
// ID1 ID2, method deflate, flag FEXTRA, no time, no level, system unknown; then XLEN, the subfield's name `PC` and its length.
// prettier-ignore
export const CHECKSUMMED_HEADER = Uint8Array.of(
  0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0x00, 0xff,
  CHECKSUM_BYTES + 4, 0, 0x50, 0x43, CHECKSUM_BYTES, 0,
)
const FLAG_HEADER_CRC = 0x02
const FLAG_EXTRA = 0x04
const FLAG_NAME = 0x08
const FLAG_COMMENT = 0x10
export const TRAILER_BYTES = 8

/** `checksummed` says that the archive carries our checksum, which holds. @throws ArchiveFault */
export function decompress(bytes: Uint8Array): { content: Uint8Array; checksummed: boolean } {
  if (bytes.length > MAX_ARCHIVE_BYTES) {
    throw new ArchiveFault(
      'bundle/too-large',
      `the archive has ${bytes.length} bytes, and ${MAX_ARCHIVE_BYTES} are allowed`,
    )
  }
  if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    throw new ArchiveFault('bundle/unreadable', 'the file is not a gzip archive')
  }
  const checksummed = hasChecksum(bytes)
  if (checksummed) verifyChecksum(bytes)
  return { content: inflate(bytes, readHeader(bytes)), checksummed }
}

function hasChecksum(bytes: Uint8Array): boolean {
  const { length } = CHECKSUMMED_HEADER
  return Buffer.compare(bytes.subarray(0, length), CHECKSUMMED_HEADER) === 0
}

function verifyChecksum(bytes: Uint8Array): void {
  const start = CHECKSUMMED_HEADER.length
  const expected = bytes.subarray(start, start + CHECKSUM_BYTES)
  const actual = sha256(bytes.subarray(start + CHECKSUM_BYTES))
  if (Buffer.compare(expected, actual) !== 0) {
    throw new ArchiveFault(
      'bundle/damaged',
      'the archive is truncated or damaged: its checksum does not hold',
    )
  }
}

/** Returns where the deflate stream begins. */
function readHeader(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0
  if (bytes[2] !== 8 || (flags & 0xe0) !== 0) {
    throw new ArchiveFault(
      'bundle/unreadable',
      'the gzip header has a method or flag that does not exist',
    )
  }
  let at = 10
  if ((flags & FLAG_EXTRA) !== 0) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))
  if ((flags & FLAG_NAME) !== 0) at = afterNul(bytes, at)
  if ((flags & FLAG_COMMENT) !== 0) at = afterNul(bytes, at)
  if ((flags & FLAG_HEADER_CRC) !== 0) at += 2
  if (at + TRAILER_BYTES >= bytes.length) throw truncated()
  return at
}

function afterNul(bytes: Uint8Array, from: number): number {
  const nul = bytes.indexOf(0, from)
  if (nul < 0) throw truncated()
  return nul + 1
}

function inflate(bytes: Uint8Array, start: number): Uint8Array {
  const { content, consumed } = inflateRaw(bytes.subarray(start))
  const end = start + consumed
  if (end + TRAILER_BYTES > bytes.length) throw truncated()
  if (end + TRAILER_BYTES < bytes.length) {
    throw new ArchiveFault(
      'bundle/unreadable',
      `the archive goes on for ${bytes.length - end - TRAILER_BYTES} bytes after its end`,
    )
  }
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, TRAILER_BYTES)
  if (
    trailer.getUint32(0, true) !== crc32(content) ||
    trailer.getUint32(4, true) !== content.length
  ) {
    throw new ArchiveFault('bundle/damaged', 'the archive is damaged: its CRC does not hold')
  }
  return content
}

/** zlib by hand, not gunzip: that one passes over what follows the archive, and says nothing of it. */
function inflateRaw(bytes: Uint8Array): { content: Uint8Array; consumed: number } {
  try {
    const result: unknown = inflateRawSync(bytes, {
      info: true,
      maxOutputLength: MAX_UNPACKED_BYTES,
    })
    if (isInflated(result)) return { content: result.buffer, consumed: result.engine.bytesWritten }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ArchiveFault(
        'bundle/too-large',
        `the archive unpacks to more than ${MAX_UNPACKED_BYTES} bytes`,
      )
    }
    if (code === 'Z_BUF_ERROR') throw truncated()
    throw new ArchiveFault('bundle/damaged', 'the archive is damaged: it cannot be unpacked')
  }
  throw new Error('bug: zlib tells no number of bytes read, please report')
}

// What `info: true` gives, which its types leave out.
function isInflated(
  value: unknown,
): value is { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } } {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value
}

function truncated(): ArchiveFault {
  return new ArchiveFault('bundle/unreadable', 'the archive is truncated')
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
