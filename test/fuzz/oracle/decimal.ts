// Exact decimals whose exponents may be far too large for their digits to be written out.

/** `units` times ten to the `exponent`. */
export interface Decimal {
  readonly units: bigint
  readonly exponent: number
}

const JSON_NUMBER = /^(-?[0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/

export function sameNumber(a: string, b: string): boolean {
  return a === b || compareDecimals(parseJsonNumber(a), parseJsonNumber(b)) === 0
}

function parseJsonNumber(text: string): Decimal {
  const [, whole = '0', fraction = '', exponent = '0'] = JSON_NUMBER.exec(text) ?? []
  return { units: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

/** Less than, equal to, or more than zero, as `a - b` would be. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const signs = signOf(a) - signOf(b)
  if (signs !== 0 || signOf(a) === 0) return signs
  // Of the same magnitude the exponents differ by no more than there are digits.
  const magnitudes = magnitudeOf(a) - magnitudeOf(b)
  if (magnitudes !== 0) return magnitudes * signOf(a)
  const exponent = Math.min(a.exponent, b.exponent)
  const difference = unitsAt(a, exponent) - unitsAt(b, exponent)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export function signOf({ units }: Decimal): number {
  return units < 0n ? -1 : units > 0n ? 1 : 0
}

/** How many digits stand before the point; below zero for zeros behind it. */
export function magnitudeOf({ units, exponent }: Decimal): number {
  return String(units < 0n ? -units : units).length + exponent
}

function unitsAt({ units, exponent }: Decimal, scale: number): bigint {
  return units * 10n ** BigInt(exponent - scale)
}
