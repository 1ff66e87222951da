// Go's text for float64 (strconv.FormatFloat). JavaScript's own toFixed and toExponential round halves
// away from zero and stop at 100 digits; these round to even on the exact value, at any precision.

export type FloatVerb = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X'

/**
 * `value` in Go's form for `verb`; a negative `precision` asks for the fewest digits that read back as
 * `value`.
 */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  switch (verb) {
    case 'b':
      return sign + formatBinary(size)
    case 'x':
    case 'X':
      return sign + formatHex(size, verb, precision)
    case 'f':
      return sign + formatFixed(size, precision)
    case 'e':
    case 'E':
      return sign + formatExponential(size, verb, precision)
    case 'g':
    case 'G':
      return sign + formatGeneral(size, verb, precision)
  }
}

/** The number 0.digits × 10^point, without trailing zeros; zero has no digits. */
interface Decimal {
  readonly digits: string
  readonly point: number
}

function formatFixed(size: number, precision: number): string {
  const exact = precision < 0 ? shortestDecimal(size) : exactDecimal(size)
  if (precision < 0) return toFixed(exact, Math.max(exact.digits.length - exact.point, 0))
  return toFixed(roundTo(exact, exact.point + precision), precision)
}

function formatExponential(size: number, mark: string, precision: number): string {
  const exact = precision < 0 ? shortestDecimal(size) : exactDecimal(size)
  if (precision < 0) return toExponential(exact, mark, Math.max(exact.digits.length - 1, 0))
  return toExponential(roundTo(exact, precision + 1), mark, precision)
}

/** The shorter of the two forms above, by Go's rule of when an exponent is worth its place. */
function formatGeneral(size: number, verb: 'g' | 'G', precision: number): string {
  const isShortest = precision < 0
  const wanted = Math.max(precision, 1)
  const decimal = isShortest ? shortestDecimal(size) : roundTo(exactDecimal(size), wanted)
  const { point } = decimal
  const count = decimal.digits.length
  const shown = isShortest ? count : wanted
  let limit = shown > count && count >= point ? count : shown
  if (isShortest) limit = 6
  if (point - 1 < -4 || point - 1 >= limit) {
    return toExponential(decimal, verb === 'g' ? 'e' : 'E', Math.min(shown, count) - 1)
  }
  return toFixed(decimal, Math.max((shown > point ? count : shown) - point, 0))
}

function toFixed({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  if (precision <= 0) return whole
  const leadingZeros = '0'.repeat(Math.min(Math.max(-point, 0), precision))
  const fraction = leadingZeros + digits.slice(Math.max(point, 0))
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`
}

function toExponential({ digits, point }: Decimal, mark: string, precision: number): string {
  const fraction = precision > 0 ? `.${digits.slice(1, precision + 1).padEnd(precision, '0')}` : ''
  return `${digits[0] ?? '0'}${fraction}${mark}${signedExponent(digits === '' ? 0 : point - 1)}`
}

function signedExponent(exponent: number): string {
  return (exponent < 0 ? '-' : '+') + String(Math.abs(exponent)).padStart(2, '0')
}

/** `decimal` with at most `count` digits, a tie going to the even digit. */
function roundTo({ digits, point }: Decimal, count: number): Decimal {
  if (count < 0 || count >= digits.length) return { digits, point }
  const isTie = digits[count] === '5' && count + 1 === digits.length
  const isOdd = count > 0 && Number(digits[count - 1]) % 2 === 1
  const kept = digits.slice(0, count)
  if (isTie ? !isOdd : digits[count]! < '5') return trimZeros(kept, point)
  const last = kept.search(/[0-8]9*$/)
  if (last < 0) return { digits: '1', point: point + 1 }
  return { digits: kept.slice(0, last) + (Number(kept[last]) + 1), point }
}

function trimZeros(digits: string, point: number): Decimal {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return { digits: digits.slice(0, end), point }
}

function shortestDecimal(size: number): Decimal {
  if (size === 0) return { digits: '', point: 0 }
  const [digits = '', exponent = ''] = size.toExponential().split('e')
  return { digits: digits.replace('.', ''), point: Number(exponent) + 1 }
}

function exactDecimal(size: number): Decimal {
  if (size === 0) return { digits: '', point: 0 }
  const { mantissa, exponent } = split(size)
  const digits = String(
    exponent < 0 ? mantissa * 5n ** BigInt(-exponent) : mantissa << BigInt(exponent),
  )
  return trimZeros(digits, digits.length + Math.min(exponent, 0))
}

const bits = new DataView(new ArrayBuffer(8))

/** `size` as mantissa × 2^exponent, the mantissa a whole number of at most 53 bits. */
function split(size: number): { mantissa: bigint; exponent: number } {
  bits.setFloat64(0, size)
  const raw = bits.getBigUint64(0)
  const biased = Number(raw >> 52n)
  const fraction = raw & 0xf_ffff_ffff_ffffn
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 }
}

function formatBinary(size: number): string {
  const { mantissa, exponent } = split(size)
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`
}

function formatHex(size: number, verb: 'x' | 'X', precision: number): string {
  let { mantissa, exponent } = split(size)
  exponent += 52
  if (mantissa === 0n) exponent = 0
  while (mantissa !== 0n && mantissa < 1n << 52n) {
    mantissa <<= 1n
    exponent--
  }
  if (precision >= 0 && precision < 13) {
    const dropped = BigInt(52 - 4 * precision)
    const rest = mantissa & ((1n << dropped) - 1n)
    mantissa >>= dropped
    // A tie goes to the even digit.
    if ((rest | (mantissa & 1n)) > 1n << (dropped - 1n)) mantissa++
    mantissa <<= dropped
    if (mantissa >> 53n) {
      mantissa >>= 1n
      exponent++
    }
  }
  const fraction = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0')
  const shown =
    precision < 0
      ? fraction.replace(/0+$/, '')
      : fraction.slice(0, precision).padEnd(precision, '0')
  const text = `0x${mantissa >> 52n}${shown === '' ? '' : '.'}${shown}p${signedExponent(exponent)}`
  return verb === 'X' ? text.toUpperCase() : text
}
