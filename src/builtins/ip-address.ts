// IP addresses and networks as Go's package net reads and prints them. An IPv4 address and its
// IPv6-mapped form (`::ffff:1.2.3.4`) are the same address.

/** An address as 128 bits; an IPv4 one is mapped. */
export type Address = bigint

export interface Network {
  readonly address: Address
  /** The width that the mask was written for: 32 for `1.2.3.0/24`, 128 for `::/64`. */
  readonly maskBits: 32 | 128
  readonly prefix: number
}

const MAPPED = 0xffffn << 32n
const ALL = (1n << 128n) - 1n

export function isIpv4(address: Address): boolean {
  return address >> 32n === 0xffffn
}

export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined
  if (text.includes(':')) return parseIpv6(text)
  const ipv4 = parseIpv4(text)
  return ipv4 === undefined ? undefined : MAPPED | ipv4
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/

function parseIpv4(text: string): bigint | undefined {
  const octets = text.split('.')
  if (octets.length !== 4) return undefined
  if (!octets.every((octet) => OCTET.test(octet) && Number(octet) < 256)) return undefined
  return octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  // An ellipsis stands for one group at least.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...(tail ?? [])]
  return groups.reduce((sum, group) => (sum << 16n) | group, 0n)
}

function parseGroups(text: string, isLast: boolean): bigint[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: bigint[] = []
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`))
    } else {
      const ipv4 = isLast && index === parts.length - 1 ? parseIpv4(part) : undefined
      if (ipv4 === undefined) return undefined
      groups.push(ipv4 >> 16n, ipv4 & 0xffffn)
    }
  }
  return groups
}

/** The network that a CIDR names: its address with the host's bits cleared. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const host = text.slice(0, slash)
  const digits = text.slice(slash + 1)
  const address = parseAddress(host)
  const maskBits = host.includes(':') ? 128 : 32
  if (address === undefined || !/^\d{1,7}$/.test(digits) || Number(digits) > maskBits) {
    return undefined
  }
  const prefix = Number(digits)
  return { address: address & ~hostMask(maskBits, prefix), maskBits, prefix }
}

function hostMask(maskBits: number, prefix: number): bigint {
  return (1n << BigInt(maskBits - prefix)) - 1n
}

export function firstOf({ address, maskBits, prefix }: Network): Address {
  return address & ~hostMask(maskBits, prefix)
}

export function lastOf({ address, maskBits, prefix }: Network): Address {
  return address | hostMask(maskBits, prefix)
}

/** Go compares an IPv4 address with an IPv4 network only, and an IPv6 one with IPv6 only. */
export function contains(network: Network, address: Address): boolean {
  if (isIpv4(network.address) !== isIpv4(address)) return false
  const mask = isIpv4(address)
    ? maskOfIpv4(network)
    : ALL & ~hostMask(network.maskBits, network.prefix)
  return (network.address & mask) === (address & mask)
}

/** Of a mask written for 128 bits, the last 32 apply to an IPv4 address. */
function maskOfIpv4({ maskBits, prefix }: Network): bigint {
  const bits = maskBits === 32 ? prefix : Math.max(prefix - 96, 0)
  return 0xffff_ffffn & ~hostMask(32, bits)
}

export function formatAddress(address: Address): string {
  if (isIpv4(address)) {
    return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join('.')
  }
  const groups = Array.from(
    { length: 8 },
    (_, index) => (address >> BigInt(112 - 16 * index)) & 0xffffn,
  )
  const texts = groups.map((group) => group.toString(16))
  const run = longestZeros(groups)
  if (run.length < 2) return texts.join(':')
  return `${texts.slice(0, run.start).join(':')}::${texts.slice(run.start + run.length).join(':')}`
}

function longestZeros(groups: readonly bigint[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  for (const [index, group] of groups.entries()) {
    length = group === 0n ? length + 1 : 0
    if (length > best.length) best = { start: index - length + 1, length }
  }
  return best
}

export function formatNetwork(network: Network): string {
  const isMapped = isIpv4(network.address) && network.maskBits === 128
  return `${formatAddress(network.address)}/${isMapped ? Math.max(network.prefix - 96, 0) : network.prefix}`
}
