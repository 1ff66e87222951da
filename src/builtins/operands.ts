// Operands as a built-in wants them, or undefined when their type is another.

import type { RegoArray, RegoObject, RegoSet, RegoValue } from './rego-value.ts'

export function asString(value: RegoValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function asArray(value: RegoValue | undefined): RegoArray | undefined {
  return isTagged(value) && value.kind === 'array' ? value : undefined
}

export function asSet(value: RegoValue | undefined): RegoSet | undefined {
  return isTagged(value) && value.kind === 'set' ? value : undefined
}

export function asObject(value: RegoValue | undefined): RegoObject | undefined {
  return isTagged(value) && value.kind === 'object' ? value : undefined
}

/** The members of an array or a set. */
export function asItems(value: RegoValue | undefined): readonly RegoValue[] | undefined {
  return asArray(value)?.items ?? asSet(value)?.items
}

/** The members of an array or set of nothing but strings. */
export function asStrings(value: RegoValue | undefined): readonly string[] | undefined {
  const items = asItems(value)
  return items?.every((item) => typeof item === 'string') ? items : undefined
}

/** The text of a number. */
export function asNumber(value: RegoValue | undefined): string | undefined {
  return isTagged(value) && value.kind === 'number' ? value.text : undefined
}

const MAX_INT64 = 2n ** 63n - 1n
const PLAIN_INTEGER = /^-?\d+(?:\.0*)?$/

/** An int64, written without an exponent; a fraction of zeros is forgiven. */
export function asInt64(value: RegoValue | undefined): bigint | undefined {
  const text = asNumber(value)
  if (text === undefined || text.length > 40 || !PLAIN_INTEGER.test(text)) return undefined
  const integer = BigInt(text.replace(/\..*/, ''))
  return integer > MAX_INT64 || integer < -MAX_INT64 - 1n ? undefined : integer
}

/** Beyond these many digits OPA refuses a number as too big. */
const MAX_DIGITS = 30_103

/** Any number that is whole, however it is written (`1.50e1`). */
export function asInteger(value: RegoValue | undefined): bigint | undefined {
  const text = asNumber(value)
  if (text === undefined) return undefined
  if (/^-?\d+$/.test(text)) return BigInt(text)
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d*))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return 0n
  const point = whole.length + (Number(exponent) || 0)
  const shift = point - (whole + fraction).length
  if (shift > MAX_DIGITS) return undefined
  if (shift >= 0) return BigInt(sign + digits + '0'.repeat(shift))
  const dropped = digits.slice(shift)
  if (!/^0*$/.test(dropped) || dropped.length < -shift) return undefined
  return BigInt(`${sign}${digits.slice(0, shift) || '0'}`)
}

function isTagged(
  value: RegoValue | undefined,
): value is Exclude<RegoValue, null | boolean | string> {
  return typeof value === 'object' && value !== null
}
