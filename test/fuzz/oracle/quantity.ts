// Kubernetes' quantities as exact decimals. Source: k8s.io/apimachinery/pkg/api/resource, Quantity: its grammar, rounding up to
// whole nanos, and 2^63-1 as the end of those with a binary suffix. As docs/policies/container-limits.md has it, text without a
// digit and an exponent past 32 bits, which the API server misreads, are no quantities.
import { compareDecimals, type Decimal, magnitudeOf, signOf } from './decimal.ts'

const GRAMMAR = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$/
/**
 * Spaces that are trimmed: Quantity.UnmarshalJSON calls strings.TrimSpace on the text as it is written in JSON, where control
 * characters, U+2028 and U+2029 stand as escapes.
 */
const SPACE = '[ \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000]+'
const OUTER_SPACE = new RegExp(`^${SPACE}|${SPACE}$`, 'g')
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const NANO = -9
/** -2^31 is past them as well: it has no negative in 32 bits. */
const MAX_EXPONENT = 2n ** 31n - 1n
const MAX_BINARY: Decimal = { units: 2n ** 63n - 1n, exponent: 0 }

/** Reads a string, or the text of a JSON number. */
export function parseQuantity(text: string): Decimal | undefined {
  const trimmed = text.replace(OUTER_SPACE, '')
  const [all, sign = '', whole = '', fraction = '', suffix = ''] = GRAMMAR.exec(trimmed) ?? []
  if (all === undefined || whole + fraction === '') return undefined
  const digits = BigInt(whole + fraction)
  const units = sign === '-' ? -digits : digits
  const exponent = -fraction.length
  const binary = BINARY.indexOf(suffix)
  if (binary !== -1) {
    const value = roundUp({ units: units * 1024n ** BigInt(binary + 1), exponent })
    return compareDecimals(value, MAX_BINARY) > 0 ? MAX_BINARY : value
  }
  if (suffix.length < 2) return roundUp({ units, exponent: exponent + (DECIMAL[suffix] ?? 0) })
  const given = BigInt(suffix.slice(suffix[1] === '+' ? 2 : 1))
  if (given > MAX_EXPONENT || given < -MAX_EXPONENT) return undefined
  return roundUp({ units, exponent: exponent + Number(given) })
}

/** Away from zero, to a whole number of nanos. */
function roundUp(value: Decimal): Decimal {
  const { units, exponent } = value
  if (exponent >= NANO || units === 0n) return value
  const sign = BigInt(signOf(value))
  // All its digits are below a nano.
  if (magnitudeOf(value) < NANO) return { units: sign, exponent: NANO }
  const divisor = 10n ** BigInt(NANO - exponent)
  return { units: (units + sign * (divisor - 1n)) / divisor, exponent: NANO }
}
