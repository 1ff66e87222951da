// One argument of Go's fmt: flags, width and precision applied to a number or a text (fmt/format.go).

import { canBackquote, quote, quoteRune, toText } from './go-quote.ts'
import { formatFloat, type FloatVerb } from './go-float.ts'
import { isPrintable } from './go-printable.ts'

export interface Flags {
  plus: boolean
  minus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  /** `%+v` and `%#v`, which say another thing than the flag itself. */
  plusV: boolean
  sharpV: boolean
  width: number | undefined
  precision: number | undefined
}

export function noFlags(): Flags {
  return {
    plus: false,
    minus: false,
    sharp: false,
    space: false,
    zero: false,
    plusV: false,
    sharpV: false,
    width: undefined,
    precision: undefined,
  }
}

/** The padding that brings `length` characters to the width asked for. */
function padding(length: number, flags: Flags): string {
  const count = (flags.width ?? 0) - length
  if (count <= 0) return ''
  // Zeros go only to the left.
  return (flags.zero && !flags.minus ? '0' : ' ').repeat(count)
}

export function pad(text: string, flags: Flags): string {
  if (!flags.width) return text
  const fill = padding(countCharacters(text), flags)
  return flags.minus ? text + fill : fill + text
}

function padWithSpaces(text: string, flags: Flags): string {
  return pad(text, { ...flags, zero: false })
}

function countCharacters(text: string): number {
  let count = text.length
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) >> 10 === 0x36) count--
  }
  return count
}

/** `text` cut to the precision, in characters. */
function truncate(text: string, flags: Flags): string {
  if (flags.precision === undefined || text.length <= flags.precision) return text
  let end = 0
  for (let count = 0; count < flags.precision && end < text.length; count++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}

export function formatText(text: string, flags: Flags): string {
  return pad(truncate(text, flags), flags)
}

export function formatQuoted(text: string, flags: Flags): string {
  const shown = truncate(text, flags)
  if (flags.sharp && canBackquote(shown)) return pad(`\`${shown}\``, flags)
  return pad(quote(shown, flags.plus), flags)
}

/** `%x` of a string: its UTF-8 bytes, of which the precision counts. */
export function formatTextHex(text: string, flags: Flags, isUpper: boolean): string {
  const bytes = new TextEncoder().encode(text).subarray(0, flags.precision)
  if (bytes.length === 0) return padding(0, flags)
  const prefix = !flags.sharp ? '' : isUpper ? '0X' : '0x'
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
  const cased = isUpper ? digits.map((digit) => digit.toUpperCase()) : digits
  return pad(prefix + cased.join(flags.space ? ` ${prefix}` : ''), flags)
}

export type IntegerBase = 2 | 8 | 10 | 16

export function formatInteger(
  value: bigint,
  base: IntegerBase,
  flags: Flags,
  form: { isUpper?: boolean; hasOctalMark?: boolean } = {},
): string {
  const isNegative = value < 0n
  const { precision, width } = flags
  if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0)
  let minimum = precision ?? 0
  if (precision === undefined && flags.zero && !flags.minus && width !== undefined) {
    minimum = isNegative || flags.plus || flags.space ? width - 1 : width
  }
  let text = (isNegative ? -value : value).toString(base).padStart(minimum, '0')
  if (form.isUpper) text = text.toUpperCase()
  if (flags.sharp && base === 2) text = `0b${text}`
  if (flags.sharp && base === 8 && !text.startsWith('0')) text = `0${text}`
  if (flags.sharp && base === 16) text = (form.isUpper ? '0X' : '0x') + text
  if (form.hasOctalMark) text = `0o${text}`
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  return padWithSpaces(sign + text, flags)
}

/** As `big.Int` formats itself: zeros fill the width after the prefix, not before it. */
export function formatBigInteger(
  value: bigint,
  base: IntegerBase,
  prefix: string,
  flags: Flags,
): string {
  const isPositive = flags.plus || flags.plusV
  const sign = value < 0n ? '-' : isPositive ? '+' : flags.space ? ' ' : ''
  let digits = (value < 0n ? -value : value).toString(base).padStart(flags.precision ?? 0, '0')
  if (flags.zero && !flags.minus && flags.precision === undefined) {
    digits = digits.padStart((flags.width ?? 0) - sign.length - prefix.length, '0')
  }
  return padWithSpaces(sign + prefix + digits, flags)
}

/** An int64 as the rune it is when taken as unsigned; a negative one is none. */
function toCodePoint(value: bigint): number {
  return value < 0n || value > 0x10ffffn ? Number.POSITIVE_INFINITY : Number(value)
}

export function formatCharacter(value: bigint, flags: Flags): string {
  return pad(toText(toCodePoint(value)), flags)
}

export function formatQuotedCharacter(value: bigint, flags: Flags): string {
  return pad(quoteRune(toCodePoint(value), flags.plus), flags)
}

/** `U+0078`, with `#` also the character. */
export function formatUnicode(value: bigint, flags: Flags): string {
  const codePoint = toCodePoint(value)
  const hex = BigInt.asUintN(64, value).toString(16).toUpperCase()
  let text = `U+${hex.padStart(Math.max(flags.precision ?? 4, 4), '0')}`
  if (flags.sharp && isPrintable(codePoint)) text += ` '${toText(codePoint)}'`
  return padWithSpaces(text, flags)
}

export function formatFloatArgument(
  value: number,
  verb: FloatVerb,
  defaultPrecision: number,
  flags: Flags,
): string {
  const precision = flags.precision ?? defaultPrecision
  const text = formatFloat(value, verb, precision)
  const isNegative = text.startsWith('-')
  const unsigned = text.replace(/^[-+]/, '')
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  const number = flags.sharp && verb !== 'b' ? restorePoint(unsigned, verb, precision) : unsigned
  // Zeros stand between the sign and the digits.
  if (sign !== '' && flags.zero && !flags.minus) {
    return sign + padding(sign.length + number.length, flags) + number
  }
  return pad(sign + number, flags)
}

/** The sharp flag: a decimal point always, and for `%g` its trailing zeros. */
function restorePoint(number: string, verb: FloatVerb, precision: number): string {
  const isHex = verb === 'x' || verb === 'X'
  const tailAt = number.search(isHex ? /p/i : /e/i)
  let head = tailAt < 0 ? number : number.slice(0, tailAt)
  const tail = tailAt < 0 ? '' : number.slice(tailAt)
  let missing = 0
  if (verb === 'g' || verb === 'G' || verb === 'x') missing = precision === -1 ? 6 : precision
  const firstDigit = head.search(/[^0.]/)
  if (firstDigit >= 0) missing -= head.slice(firstDigit).replace('.', '').length
  if (!head.includes('.')) {
    if (head === '0') missing--
    head += '.'
  }
  return head + '0'.repeat(Math.max(missing, 0)) + tail
}
