// The `net.cidr_*` built-ins that OPA's modules leave to the host.

import type { Builtin } from './builtin.ts'
import { asArray, asItems, asObject, asSet, asString } from './operands.ts'
import {
  contains,
  firstOf,
  formatAddress,
  formatNetwork,
  isIpv4,
  lastOf,
  parseAddress,
  parseNetwork,
  type Address,
  type Network,
} from './ip-address.ts'
import { regoArray, regoNumber, regoSet, type RegoValue } from './rego-value.ts'

/** Fuel for one address read, made or compared. */
const ADDRESS_COST = 256

/** `net.cidr_is_valid(cidr)`: false, not undefined, for what is no string. */
export const cidrIsValid: Builtin = ([value]) =>
  typeof value === 'string' && parseNetwork(value) !== undefined

/** `net.cidr_expand(cidr)`: the set of its addresses. */
export const cidrExpand: Builtin = ([value], context) => {
  const network = parseNetwork(asString(value) ?? '')
  if (network === undefined) return undefined
  const addresses: RegoValue[] = []
  const last = lastOf(network)
  for (let address = network.address; address <= last; address++) {
    context.charge(ADDRESS_COST)
    addresses.push(formatAddress(address))
  }
  return regoSet(addresses)
}

/** `net.cidr_contains_matches(cidrs, cidrsOrAddresses)`: the pairs of indices or keys that match. */
export const cidrContainsMatches: Builtin = (args, context) => {
  const [networks, others] = args.map(readIndexed)
  if (networks === undefined || others === undefined) return undefined
  const found: RegoValue[] = []
  for (const [networkKey, networkText] of networks) {
    for (const [otherKey, otherText] of others) {
      context.charge(ADDRESS_COST)
      const isContained = containsText(networkText, otherText)
      if (isContained === undefined) return undefined
      if (isContained) found.push(regoArray([networkKey, otherKey]))
    }
  }
  return regoSet(found)
}

type Indexed = [key: RegoValue, text: RegoValue][]

/** A string's key is itself, an array's an index, a set's the member, an object's the key. */
function readIndexed(value: RegoValue): Indexed | undefined {
  if (typeof value === 'string') return [[value, value]]
  const pairs: Indexed = []
  const add = (key: RegoValue, item: RegoValue): boolean => {
    const text = typeof item === 'string' ? item : asArray(item)?.items[0]
    if (text !== undefined) pairs.push([key, text])
    return text !== undefined
  }
  const array = asArray(value)
  const isComplete =
    (array?.items.every((item, index) => add(regoNumber(index), item)) ?? true) &&
    (asSet(value)?.items.every((item) => add(item, item)) ?? true) &&
    (asObject(value)?.entries.every(([key, item]) => add(key, item)) ?? true)
  return isComplete ? pairs : undefined
}

function containsText(network: RegoValue, other: RegoValue): boolean | undefined {
  if (typeof network !== 'string' || typeof other !== 'string') return undefined
  const outer = parseNetwork(network)
  if (outer === undefined) return undefined
  const address = parseAddress(other)
  if (address !== undefined) return contains(outer, address)
  const inner = parseNetwork(other)
  if (inner === undefined) return undefined
  if (isPlainIpv6(outer) && isPlainIpv6(inner)) {
    return (
      outer.prefix <= inner.prefix && firstOf({ ...inner, prefix: outer.prefix }) === outer.address
    )
  }
  return contains(outer, inner.address) && contains(outer, lastOf(inner))
}

function isPlainIpv6(network: Network): boolean {
  return network.maskBits === 128 && !isIpv4(network.address)
}

interface Range {
  readonly first: Address
  readonly last: Address
  /** The network as given, while it has not been merged with another. */
  readonly network: Network | undefined
}

/** `net.cidr_merge(cidrsOrAddresses)`: the fewest networks that hold the same addresses. */
export const cidrMerge: Builtin = ([value], context) => {
  const items = asItems(value)
  if (items === undefined) return undefined
  context.charge(items.length * ADDRESS_COST)
  const ranges: Range[] = []
  for (const item of items) {
    const network = typeof item === 'string' ? readNetwork(item) : undefined
    if (network === undefined) return undefined
    ranges.push({ first: firstOf(network), last: lastOf(network), network })
  }
  const networks = mergeRanges(ranges).flatMap((range) => {
    context.charge(ADDRESS_COST)
    return range.network === undefined ? toNetworks(range) : [range.network]
  })
  return regoSet(networks.map(formatNetwork))
}

/** A bare IPv4 address stands for its class (`10.1.2.3` for a /8), as in OPA; a bare IPv6 one for nothing. */
function readNetwork(text: string): Network | undefined {
  const address = parseAddress(text)
  if (address === undefined) return parseNetwork(text)
  if (!isIpv4(address)) return undefined
  const firstOctet = (address >> 24n) & 0xffn
  const prefix = firstOctet < 0x80n ? 8 : firstOctet < 0xc0n ? 16 : 24
  return { address, maskBits: 32, prefix }
}

function mergeRanges(ranges: readonly Range[]): Range[] {
  const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
  const sorted = ranges.toSorted((a, b) => order(a.last, b.last) || order(a.first, b.first))
  const merged: Range[] = []
  // From the last range down, the one before it is taken in when it touches or overlaps.
  let current = sorted.pop()
  for (let before = sorted.pop(); current !== undefined; before = sorted.pop()) {
    if (before !== undefined && previous(current.first) <= before.last) {
      const first = before.first < current.first ? before.first : current.first
      current = { first, last: current.last, network: undefined }
    } else {
      merged.push(current)
      current = before
    }
  }
  return merged
}

const FIRST_IPV4 = 0xffffn << 32n

function previous(address: Address): Address {
  return address === 0n || address === FIRST_IPV4 ? address : address - 1n
}

/** The largest networks that fit, one after the other, from the range's first address to its last. */
function toNetworks({ first, last }: Range): Network[] {
  const maskBits = isIpv4(first) ? 32 : 128
  const networks: Network[] = []
  for (let address = first; address <= last;) {
    let hostBits = 0
    while (hostBits < maskBits && canGrow(address, last, BigInt(hostBits + 1))) hostBits++
    networks.push({ address, maskBits, prefix: maskBits - hostBits })
    address += 1n << BigInt(hostBits)
  }
  return networks
}

function canGrow(address: Address, last: Address, hostBits: bigint): boolean {
  const size = 1n << hostBits
  return (address & (size - 1n)) === 0n && address + size - 1n <= last
}
