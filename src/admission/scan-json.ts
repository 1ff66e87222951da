// JSON.parse takes what a gate must not: a key given twice (the last one wins, while a log or another parser shows the first),
// half a surrogate pair (the policies' module gives up on it), and nesting without end. One pass over the bytes finds what
// JSON.parse does not tell.

export interface JsonScan {
  /** Members of all objects: colons outside strings. */
  readonly members: number
  /** Lists and objects. */
  readonly collections: number
  /** The deepest nesting of lists and objects. */
  readonly depth: number
  /** Half a surrogate pair, written as an escape; raw ones are not UTF-8. */
  readonly loneSurrogate: boolean
  /** A `\u0000`: legal JSON, and the end of a string for half of all software. */
  readonly nul: boolean
}

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const SMALL_U = 0x75

/** Scans bytes that need not be JSON; what it says is true of them if they are. */
export function scanJson(bytes: Uint8Array): JsonScan {
  const end = bytes.length
  let members = 0
  let collections = 0
  let depth = 0
  let deepest = 0
  let loneSurrogate = false
  let nul = false
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) {
      i++
      while (i < end) {
        const inside = bytes[i] as number
        if (inside === QUOTE) break
        if (inside !== BACKSLASH) {
          i++
          continue
        }
        if (bytes[i + 1] !== SMALL_U) {
          i += 2
          continue
        }
        const unit = hexUnit(bytes, i + 2)
        i += 6
        if (unit === 0) nul = true
        if (unit < 0xd800 || unit > 0xdfff) continue
        const isPair =
          unit < 0xdc00 && bytes[i] === BACKSLASH && bytes[i + 1] === SMALL_U && isLow(bytes, i + 2)
        if (isPair) i += 6
        else loneSurrogate = true
      }
    } else if (byte === COLON) {
      members++
    } else if ((byte | 0x20) === 0x7b) {
      // `[` and `{` differ in one bit, and so do `]` and `}`.
      collections++
      if (++depth > deepest) deepest = depth
    } else if ((byte | 0x20) === 0x7d) {
      depth--
    }
  }
  return { members, collections, depth: deepest, loneSurrogate, nul }
}

/** The same JSON with every list and object below the given depth empty; what is not JSON above that depth stays so. */
export function pruneJson(bytes: Uint8Array, maxDepth: number): Uint8Array {
  const pruned = new Uint8Array(bytes.length)
  let length = 0
  let keptTo = 0
  let depth = 0
  const keep = (end: number): void => {
    pruned.set(bytes.subarray(keptTo, end), length)
    length += end - keptTo
  }
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) {
      while (++i < bytes.length && bytes[i] !== QUOTE) if (bytes[i] === BACKSLASH) i++
    } else if ((byte | 0x20) === 0x7b) {
      if (depth++ === maxDepth) keep(i + 1)
    } else if ((byte | 0x20) === 0x7d) {
      if (--depth === maxDepth) keptTo = i
    }
  }
  if (depth <= maxDepth) keep(bytes.length)
  return pruned.subarray(0, length)
}

function isLow(bytes: Uint8Array, at: number): boolean {
  const unit = hexUnit(bytes, at)
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** Four hex digits, or -1 where they are not that; JSON.parse refuses those. */
function hexUnit(bytes: Uint8Array, at: number): number {
  let unit = 0
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] ?? 0
    const lower = byte | 0x20
    if (byte >= 0x30 && byte <= 0x39) unit = unit * 16 + byte - 0x30
    else if (lower >= 0x61 && lower <= 0x66) unit = unit * 16 + lower - 0x57
    else return -1
  }
  return unit
}

/** Members of all objects in a parsed value; the recursion is as deep as the value. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value)
      if (typeof item === 'object' && item !== null) count += countMembers(item)
    return count
  }
  for (const key in value) {
    count++
    const member = (value as Record<string, unknown>)[key]
    if (typeof member === 'object' && member !== null) count += countMembers(member)
  }
  return count
}
