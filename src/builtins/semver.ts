// Semantic versions as OPA reads them (semver.org, 2.0.0, with a leading `v` allowed).

import type { Builtin } from './builtin.ts'
import { compareStrings, regoNumber } from './rego-value.ts'
import { asString } from './operands.ts'

interface Version {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint]
  readonly preRelease: readonly string[]
}

/** `semver.is_valid(version)`: false, not undefined, for what is no string. */
export const semverIsValid: Builtin = ([version]) =>
  typeof version === 'string' && parseVersion(version) !== undefined

/** `semver.compare(a, b)`: -1, 0 or 1. */
export const semverCompare: Builtin = (args, context) => {
  const [a, b] = args.map(asString)
  if (a === undefined || b === undefined) return undefined
  context.charge(a.length + b.length)
  const x = parseVersion(a)
  const y = parseVersion(b)
  if (x === undefined || y === undefined) return undefined
  return regoNumber(Math.sign(compareVersions(x, y)))
}

const NUMBER = '(0|[1-9][0-9]*)'
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*'
const VERSION = new RegExp(
  `^v?${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+(${IDENTIFIERS}))?$`,
)
const MAX_INT64 = 2n ** 63n - 1n

function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, preRelease] = VERSION.exec(text) ?? []
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  if (Math.max(major.length, minor.length, patch.length) > 19) return undefined
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const
  if (numbers.some((number) => number > MAX_INT64)) return undefined
  const identifiers = preRelease === undefined ? [] : preRelease.split('.')
  if (identifiers.some((identifier) => /^0\d+$/.test(identifier))) return undefined
  return { numbers, preRelease: identifiers }
}

function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index]!
    if (number !== other) return number < other ? -1 : 1
  }
  // A version comes after its own pre-releases.
  if (a.preRelease.length === 0 || b.preRelease.length === 0) {
    return b.preRelease.length - a.preRelease.length
  }
  for (const [index, identifier] of a.preRelease.entries()) {
    const other = b.preRelease[index]
    if (other === undefined) return 1
    const order = compareIdentifiers(identifier, other)
    if (order !== 0) return order
  }
  return a.preRelease.length - b.preRelease.length
}

/** Numbers come before words. */
function compareIdentifiers(a: string, b: string): number {
  const isNumber = /^\d+$/.test(a)
  if (isNumber !== /^\d+$/.test(b)) return isNumber ? -1 : 1
  if (!isNumber) return compareStrings(a, b)
  const x = toInt64(a)
  const y = toInt64(b)
  return x < y ? -1 : x > y ? 1 : 0
}

/** Go's Atoi, its error ignored: a number too large is the largest one. */
function toInt64(digits: string): bigint {
  const value = digits.length > 19 ? MAX_INT64 : BigInt(digits)
  return value > MAX_INT64 ? MAX_INT64 : value
}
