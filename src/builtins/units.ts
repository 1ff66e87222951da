// `units.parse` and `units.parse_bytes`: quantities with a unit, computed on big integers.

import type { Builtin } from './builtin.ts'
import { asString } from './operands.ts'
import { regoNumber } from './rego-value.ts'

interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** OPA's thousandth is the float64 nearest to 0.001, not 1/1000: `1000m` prints as 1.0000000000. */
const MILLI: Fraction = { numerator: 1_152_921_504_606_847n, denominator: 1n << 60n }

/** `units.parse(text)`: a number with an SI or binary unit; `m` is a thousandth, `M` a million. */
export const unitsParse: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  const split = splitUnit(text.replaceAll('"', ''))
  if (split === undefined) return undefined
  const unit = split.unit.slice(0, 1) + split.unit.slice(1).toLowerCase()
  const scale = unit === 'm' ? MILLI : scaleOf(unit, /^(?:[kKMgGtTpPeE]|[kKmMgGtTpPeE]i)$/)
  const amount = scale && parseAmount(split.amount, (units) => context.charge(units))
  if (scale === undefined || amount === undefined) return undefined
  return regoNumber(
    formatFraction({
      numerator: amount.numerator * scale.numerator,
      denominator: amount.denominator * scale.denominator,
    }),
  )
}

/** `units.parse_bytes(text)`: whole bytes, a fraction of one dropped; case does not matter. */
export const unitsParseBytes: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  const split = splitUnit(text.toLowerCase().replaceAll('"', ''))
  if (split === undefined) return undefined
  const scale = scaleOf(split.unit.replace(/b$/, ''), /^[kmgtpe]i?$/)
  if (split.unit === 'b' || scale === undefined) return undefined
  const amount = parseAmount(split.amount, (units) => context.charge(units))
  if (amount === undefined) return undefined
  // OPA computes with a mantissa of 64 bits.
  const rounded = roundTo64Bits(amount)
  const product = roundTo64Bits({
    numerator: rounded.numerator * scale.numerator,
    denominator: rounded.denominator,
  })
  return regoNumber(product.numerator / product.denominator)
}

function scaleOf(unit: string, allowed: RegExp): Fraction | undefined {
  if (unit === '') return { numerator: 1n, denominator: 1n }
  if (!allowed.test(unit)) return undefined
  const power = 'kmgtpe'.indexOf(unit.slice(0, 1).toLowerCase()) + 1
  return { numerator: (unit.length > 1 ? 1024n : 1000n) ** BigInt(power), denominator: 1n }
}

const MAX_EXPONENT_DIGITS = 6

/** The leading number and the unit after it; an `e` belongs to the number when digits or a sign follow. */
function splitUnit(text: string): { amount: string; unit: string } | undefined {
  if (text.includes(' ')) return undefined
  let index = 0
  for (; index < text.length; index++) {
    if (!/[\d.eE+-]/.test(text[index]!)) break
    if (!/[eE]/.test(text[index]!)) continue
    const next = text[index + 1] ?? ''
    if (!/[\d+-]/.test(next)) break
    if (!/\d/.test(next)) index++
    let end = index + 1
    while (/\d/.test(text[end] ?? '')) end++
    if (end - index - 1 > MAX_EXPONENT_DIGITS) return undefined
  }
  return index === 0 ? undefined : { amount: text.slice(0, index), unit: text.slice(index) }
}

function parseAmount(text: string, charge: (units: number) => void): Fraction | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole + fraction === '') return undefined
  const scale = Number(exponent) - fraction.length
  const size = text.length + Math.abs(scale)
  // Work on big integers takes more than linear time.
  charge(size + (size >> 7) ** 2)
  const digits = BigInt(whole + fraction)
  const numerator = (sign === '-' ? -digits : digits) * 10n ** BigInt(Math.max(scale, 0))
  return { numerator, denominator: 10n ** BigInt(Math.max(-scale, 0)) }
}

/** A whole number as such, anything else with ten decimals, halves rounded away from zero. */
function formatFraction({ numerator, denominator }: Fraction): string {
  if (numerator % denominator === 0n) return String(numerator / denominator)
  const size = numerator < 0n ? -numerator : numerator
  const scaled = (2n * size * 10n ** 10n + denominator) / (2n * denominator)
  const digits = String(scaled).padStart(11, '0')
  return `${numerator < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`
}

/** The nearest fraction whose mantissa has 64 bits, a tie going to the even one. */
function roundTo64Bits({ numerator, denominator }: Fraction): Fraction {
  if (numerator < 0n) {
    const positive = roundTo64Bits({ numerator: -numerator, denominator })
    return { numerator: -positive.numerator, denominator: positive.denominator }
  }
  if (numerator === 0n) return { numerator, denominator }
  let shift = 64 - (bitLength(numerator) - bitLength(denominator))
  let mantissa = divideRounded(numerator, denominator, shift)
  if (bitLength(mantissa) > 64) mantissa = divideRounded(numerator, denominator, --shift)
  return shift >= 0
    ? { numerator: mantissa, denominator: 1n << BigInt(shift) }
    : { numerator: mantissa << BigInt(-shift), denominator: 1n }
}

function divideRounded(numerator: bigint, denominator: bigint, shift: number): bigint {
  const dividend = shift >= 0 ? numerator << BigInt(shift) : numerator
  const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift)
  const quotient = dividend / divisor
  const twice = 2n * (dividend % divisor)
  const isUp = twice > divisor || (twice === divisor && (quotient & 1n) === 1n)
  return isUp ? quotient + 1n : quotient
}

function bitLength(value: bigint): number {
  return (
    value.toString(16).length * 4 - Math.clz32(Number.parseInt(value.toString(16)[0]!, 16)) + 28
  )
}
