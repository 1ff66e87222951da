// `uuid.parse`: what a UUID (RFC 4122) says of itself.

import type { Builtin } from './builtin.ts'
import { regoNumber, regoObject, type RegoEntry } from './rego-value.ts'

const HEX = '[0-9a-fA-F]'
const DASHED = `(${HEX}{8})-(${HEX}{4})-(${HEX}{4})-(${HEX}{4})-(${HEX}{12})`
const FORMS = [
  new RegExp(`^(?:urn:uuid:)?${DASHED}$`, 'i'),
  // Of the braced form only the middle is looked at.
  new RegExp(`^[\\0-\\x7f]${DASHED}[\\0-\\x7f]$`),
  new RegExp(`^(${HEX}{8})(${HEX}{4})(${HEX}{4})(${HEX}{4})(${HEX}{12})$`),
]

/** 100 ns steps from 1582-10-15, where UUIDs begin, to 1970. */
const EPOCH_OFFSET = 122_192_928_000_000_000n

/** `uuid.parse(text)`. */
export const uuidParse: Builtin = ([text]) => {
  if (typeof text !== 'string' || text.length > 45) return undefined
  const match = FORMS.map((form) => form.exec(text)).find((found) => found !== null)
  if (!match) return undefined
  const [low, middle, high, clock] = match.slice(1, 5).map((part) => Number.parseInt(part, 16))
  const node = match[5]!.toLowerCase()
  const version = high! >> 12
  const entries: RegoEntry[] = [
    ['version', regoNumber(version)],
    ['variant', variantOf(clock! >> 8)],
  ]
  if (version === 1 || version === 2) {
    const time = (BigInt(high! & 0xfff) << 48n) | (BigInt(middle!) << 32n) | BigInt(low!)
    entries.push(
      ['time', regoNumber(BigInt.asIntN(64, (time - EPOCH_OFFSET) * 100n))],
      ['nodeid', node.replace(/(..)(?!$)/g, '$1-')],
      ['macvariables', macVariables(Number.parseInt(node.slice(0, 2), 16))],
      ['clocksequence', regoNumber(clock! & 0x3fff)],
    )
  }
  if (version === 2) {
    const domain = clock! & 0xff
    entries.push(
      ['id', regoNumber(low!)],
      ['domain', ['Person', 'Group', 'Org'][domain] ?? `Domain${domain}`],
    )
  }
  return regoObject(entries)
}

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return 'RFC4122'
  if ((byte & 0xe0) === 0xc0) return 'Microsoft'
  return (byte & 0xe0) === 0xe0 ? 'Future' : 'Reserved'
}

function macVariables(byte: number): string {
  const scope = (byte & 2) === 2 ? 'local' : 'global'
  return `${scope}:${(byte & 1) === 1 ? 'multicast' : 'unicast'}`
}
