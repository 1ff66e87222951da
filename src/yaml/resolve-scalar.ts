// How the API server's YAML reader (sigs.k8s.io/yaml over go.yaml.in/yaml/v2, YAML 1.1) types a scalar. Facts: its
// resolve.go and yaml.go; a differential test holds this file to them.
import type { ScalarValue } from './yaml-node.ts'

/** A value that YAML has and JSON has not. */
export const NOT_JSON = Symbol('a number that JSON does not have')

const WORDS: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
])
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const INTEGER =
  /^([-+]?)(?:(0|[1-9][0-9]*)|0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|0b([-+][01]+))$/
const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n

/** Returns the value of a plain scalar without a tag. */
export function resolvePlain(text: string): ScalarValue | typeof NOT_JSON {
  if (text === '') return null
  const first = text.charCodeAt(0)
  // Digits, signs and the dot begin numbers; anything else is a word or a string.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e) {
    return resolveNumber(text)
  }
  if (text.length > 5) return text
  const word = WORDS.get(text)
  return word === undefined ? text : word
}

function resolveNumber(text: string): ScalarValue | typeof NOT_JSON {
  if (text.length < 6 && NOT_FINITE.test(text)) return NOT_JSON
  // Behind a leading dot underscores must part digits, elsewhere they are dropped wherever they stand.
  if (text[0] === '.' && !/^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/.test(text))
    return text
  const plain = text.includes('_') ? text.replaceAll('_', '') : text
  const integer = parseInteger(plain)
  if (integer !== undefined) return integer
  if (!FLOAT.test(plain)) return text
  const float = Number(plain)
  return Number.isFinite(float) ? float : text
}

/** Go's strconv.ParseInt and ParseUint with base 0 and 64 bits, and yaml.v2's own `0b` form. */
function parseInteger(plain: string): number | bigint | undefined {
  const match = INTEGER.exec(plain)
  if (match === null) return undefined
  const [, sign = '', decimal, hex, binary, octal, signedBinary] = match
  if (signedBinary !== undefined) {
    if (sign !== '') return undefined
    return parseInteger(`${signedBinary[0]}0b${signedBinary.slice(1)}`)
  }
  if (decimal !== undefined && decimal.length < 16) {
    return Number(sign === '-' && decimal !== '0' ? `-${decimal}` : decimal)
  }
  const magnitude = BigInt(
    decimal ??
      (hex === undefined ? (binary === undefined ? `0o${octal}` : `0b${binary}`) : `0x${hex}`),
  )
  const value = sign === '-' ? -magnitude : magnitude
  // Only an unsigned literal reaches past int64.
  if (value < MIN_INT64 || value > (sign === '' ? MAX_UINT64 : 2n ** 63n - 1n)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Returns the value of a scalar with one of YAML's own tags, or undefined where the tag does not fit the text. */
export function resolveTagged(
  tag: string,
  text: string,
): ScalarValue | typeof NOT_JSON | undefined {
  if (tag === 'str') return text
  const value = resolvePlain(text)
  switch (tag) {
    case 'null':
      return value === null ? null : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'int':
      return (typeof value === 'number' && parseInteger(text.replaceAll('_', '')) !== undefined) ||
        typeof value === 'bigint'
        ? value
        : undefined
    case 'float':
      if (typeof value === 'number' || value === NOT_JSON) return value
      return typeof value === 'bigint' && value < 2n ** 63n ? Number(value) : undefined
    default:
      return undefined
  }
}

/** Returns the string that a scalar key becomes in JSON, or undefined where it cannot be a key. */
export function keyText(value: ScalarValue, isFloat: boolean): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'number' && isFloat) return formatFloat32(value)
  // An unsigned integer past int64 is no key to the reader.
  if (typeof value === 'bigint' && value >= 2n ** 63n) return undefined
  return String(value)
}

/** Says whether a plain scalar that resolves to a number is a float to the reader: `1.0` and `08` are, `010` is not. */
export function isFloatText(text: string): boolean {
  return text[0] === '.' || parseInteger(text.replaceAll('_', '')) === undefined
}

/** Go's FormatFloat(value, 'g', -1, 32): float keys lose all but 32 bits on the way. */
function formatFloat32(value: number): string {
  const single = Math.fround(value)
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf'
  if (single === 0) return Object.is(single, -0) ? '-0' : '0'
  let digits = 1
  // Nine digits tell any two 32-bit floats apart, so this ends.
  while (Math.fround(Number(single.toExponential(digits - 1))) !== single) digits++
  const [mantissa = '', exponentText = '0'] = single.toExponential(digits - 1).split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  return single.toFixed(Math.max(0, digits - 1 - exponent))
}
