// `sprintf` as OPA has it: Go's fmt.Sprintf (fmt/print.go), its mistakes in brackets included
// (`%!d(string=x)`, `%!s(MISSING)`), on arguments that OPA converts first.

import type { Builtin, BuiltinContext } from './builtin.ts'
import type { RegoNumber, RegoValue } from './rego-value.ts'
import { toGoText } from './go-quote.ts'
import {
  formatBigInteger,
  formatCharacter,
  formatFloatArgument,
  formatInteger,
  formatQuoted,
  formatQuotedCharacter,
  formatText,
  formatTextHex,
  formatUnicode,
  noFlags,
  pad,
  type Flags,
} from './go-fmt.ts'

/** What Go's printer gets for a Rego value; `type` is the name that `%T` prints. */
type Argument =
  | { readonly type: 'int64' | '*big.Int'; readonly value: bigint }
  | { readonly type: 'float64'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }

/** `sprintf(format, values)`. */
export const sprintf: Builtin = ([format, values], context) => {
  if (typeof format !== 'string') return undefined
  if (values === null || typeof values !== 'object' || values.kind !== 'array') return undefined
  context.charge(format.length)
  const args = values.items.map((value) => toArgument(value, context))
  return new Printer(format, args, context).print()
}

function toArgument(value: RegoValue, context: BuiltinContext): Argument {
  if (typeof value === 'string') return { type: 'string', value }
  if (value !== null && typeof value === 'object' && value.kind === 'number') {
    // Reading and writing a long integer takes more than linear time.
    context.charge(value.text.length + (value.text.length >> 7) ** 2)
    return toNumber(value)
  }
  return { type: 'string', value: toGoText(value) }
}

const MAX_INT64 = 2n ** 63n - 1n

function toNumber({ text }: RegoNumber): Argument {
  if (/[.eE]/.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? { type: 'float64', value } : { type: 'string', value: text }
  }
  const value = BigInt(text)
  return { type: value > MAX_INT64 || value < -MAX_INT64 - 1n ? '*big.Int' : 'int64', value }
}

/** Go refuses a width or precision beyond this. */
const MAX_SIZE = 1_000_000

const DIGITS = /\d*/y

class Printer {
  readonly #format: string
  readonly #arguments: readonly Argument[]
  readonly #context: BuiltinContext
  #position = 0
  #next = 0
  #flags: Flags = noFlags()
  /** An explicit index was used: leftover arguments are no longer reported. */
  #isReordered = false
  #isGoodIndex = true

  constructor(format: string, args: readonly Argument[], context: BuiltinContext) {
    this.#format = format
    this.#arguments = args
    this.#context = context
  }

  print(): string {
    const format = this.#format
    const parts: string[] = []
    while (this.#position < format.length) {
      const percent = format.indexOf('%', this.#position)
      parts.push(format.slice(this.#position, percent < 0 ? undefined : percent))
      if (percent < 0) break
      this.#position = percent + 1
      parts.push(this.#printVerb())
    }
    if (!this.#isReordered && this.#next < this.#arguments.length) parts.push(this.#printExtra())
    return parts.join('')
  }

  /** Flags, index, width, precision, verb: everything after a percent sign. */
  #printVerb(): string {
    this.#isGoodIndex = true
    const flags = (this.#flags = noFlags())
    this.#readFlags()
    let isAfterIndex = this.#readIndex()
    let complaint = ''
    if (this.#peek() === '*') {
      this.#position++
      flags.width = this.#takeSize()
      if (flags.width === undefined) complaint += '%!(BADWIDTH)'
      if (flags.width !== undefined && flags.width < 0) {
        flags.width = -flags.width
        flags.minus = true
        flags.zero = false
      }
      isAfterIndex = false
    } else {
      flags.width = this.#readSize()
      if (isAfterIndex && flags.width !== undefined) this.#isGoodIndex = false
    }
    if (this.#peek() === '.' && this.#position + 1 < this.#format.length) {
      this.#position++
      if (isAfterIndex) this.#isGoodIndex = false
      isAfterIndex = this.#readIndex()
      if (this.#peek() === '*') {
        this.#position++
        flags.precision = this.#takeSize()
        if (flags.precision !== undefined && flags.precision < 0) flags.precision = undefined
        if (flags.precision === undefined) complaint += '%!(BADPREC)'
        isAfterIndex = false
      } else {
        flags.precision = this.#readSize() ?? 0
      }
    }
    if (!isAfterIndex) this.#readIndex()
    if (this.#position >= this.#format.length) return `${complaint}%!(NOVERB)`
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#position)!)
    this.#position += verb.length
    return complaint + this.#printNext(verb)
  }

  #printNext(verb: string): string {
    if (verb === '%') return '%'
    if (!this.#isGoodIndex) return `%!${verb}(BADINDEX)`
    const argument = this.#arguments[this.#next]
    if (argument === undefined) return `%!${verb}(MISSING)`
    this.#next++
    if (verb === 'v' || verb === 'w') {
      this.#flags.sharpV = this.#flags.sharp
      this.#flags.plusV = this.#flags.plus
      this.#flags.sharp = false
      this.#flags.plus = false
    }
    return this.#printArgument(argument, verb)
  }

  #printExtra(): string {
    this.#flags = noFlags()
    const extra = this.#arguments.slice(this.#next)
    const texts = extra.map((argument) => `${argument.type}=${this.#printArgument(argument, 'v')}`)
    return `%!(EXTRA ${texts.join(', ')})`
  }

  /** The character to be read next, empty at the end. */
  #peek(): string {
    return this.#format[this.#position] ?? ''
  }

  #readFlags(): void {
    for (; ; this.#position++) {
      switch (this.#peek()) {
        case '#':
          this.#flags.sharp = true
          break
        case '0':
          this.#flags.zero = true
          break
        case '+':
          this.#flags.plus = true
          break
        case '-':
          this.#flags.minus = true
          break
        case ' ':
          this.#flags.space = true
          break
        default:
          return
      }
    }
  }

  /** `[n]`: true when there was one, good or not, that ends in a bracket and holds a number. */
  #readIndex(): boolean {
    if (this.#peek() !== '[') return false
    this.#isReordered = true
    const end = this.#format.indexOf(']', this.#position)
    const start = this.#position + 1
    const isClosed = end >= 0 && start + 1 < this.#format.length
    this.#position = isClosed ? end + 1 : start
    const digits = isClosed ? this.#format.slice(start, end) : ''
    const index = /^\d+$/.test(digits) ? toSize(digits) : undefined
    if (index !== undefined && index >= 1 && index <= this.#arguments.length) {
      this.#next = index - 1
      return true
    }
    this.#isGoodIndex = false
    return index !== undefined
  }

  /** A width or precision in the format; one too large ends the format. */
  #readSize(): number | undefined {
    DIGITS.lastIndex = this.#position
    const digits = DIGITS.exec(this.#format)?.[0] ?? ''
    if (digits === '') return undefined
    const size = toSize(digits)
    this.#position = size === undefined ? this.#format.length : this.#position + digits.length
    return size
  }

  /** A width or precision from the next argument (`*`). */
  #takeSize(): number | undefined {
    const argument = this.#arguments[this.#next]
    if (argument === undefined) return undefined
    this.#next++
    if (argument.type !== 'int64') return undefined
    const size = Number(argument.value)
    return Math.abs(size) > MAX_SIZE ? undefined : size
  }

  #printArgument(argument: Argument, verb: string): string {
    const { width = 0, precision = 0 } = this.#flags
    this.#context.charge(Math.max(width, precision) + lengthOf(argument))
    if (verb === 'T') return formatText(argument.type, this.#flags)
    if (verb === 'p') return this.#complain(argument, verb)
    switch (argument.type) {
      case 'int64':
        return this.#printInteger(argument, argument.value, verb)
      case '*big.Int':
        return this.#printBigInteger(argument, argument.value, verb)
      case 'float64':
        return this.#printFloat(argument, argument.value, verb)
      case 'string':
        return this.#printText(argument, argument.value, verb)
    }
  }

  /** What Go prints for a verb that the argument's type does not have. */
  #complain(argument: Argument, verb: string): string {
    const isBig = argument.type === '*big.Int'
    const shown = isBig ? this.#printStructure(argument.value) : this.#printArgument(argument, 'v')
    return `%!${verb}(${argument.type}=${shown})`
  }

  #printInteger(argument: Argument, value: bigint, verb: string): string {
    const flags = this.#flags
    switch (verb) {
      case 'v':
      case 'd':
        return formatInteger(value, 10, flags)
      case 'b':
        return formatInteger(value, 2, flags)
      case 'o':
      case 'O':
        return formatInteger(value, 8, flags, { hasOctalMark: verb === 'O' })
      case 'x':
      case 'X':
        return formatInteger(value, 16, flags, { isUpper: verb === 'X' })
      case 'c':
        return formatCharacter(value, flags)
      case 'q':
        return formatQuotedCharacter(value, flags)
      case 'U':
        return formatUnicode(value, flags)
      default:
        return this.#complain(argument, verb)
    }
  }

  /** `big.Int` formats itself, nearly but not quite as an int. */
  #printBigInteger(argument: Argument, value: bigint, verb: string): string {
    const flags = this.#flags
    const isSharp = flags.sharp || flags.sharpV
    switch (verb) {
      case 'v':
      case 'd':
      case 's':
        return formatBigInteger(value, 10, '', flags)
      case 'b':
        return formatBigInteger(value, 2, isSharp ? '0b' : '', flags)
      case 'o':
        return formatBigInteger(value, 8, isSharp ? '0' : '', flags)
      case 'O':
        return formatBigInteger(value, 8, '0o', flags)
      case 'x':
        return formatBigInteger(value, 16, isSharp ? '0x' : '', flags)
      case 'X':
        return formatBigInteger(value, 16, isSharp ? '0X' : '', flags).toUpperCase()
      case 'w':
        return this.#complain(argument, verb)
      default:
        return `%!${verb}(big.Int=${value})`
    }
  }

  /** A big.Int that may not format itself is printed as the struct it is: sign and 64-bit words. */
  #printStructure(value: bigint): string {
    const { sharpV, plusV } = this.#flags
    const words: string[] = []
    for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 64n) {
      const word = BigInt.asUintN(64, rest)
      words.push(
        sharpV
          ? formatInteger(word, 16, { ...this.#flags, sharp: true })
          : formatInteger(word, 10, this.#flags),
      )
    }
    const sign = pad(String(value < 0n), this.#flags)
    if (sharpV) return `&big.Int{neg:${sign}, abs:big.nat{${words.join(', ')}}}`
    return plusV ? `&{neg:${sign} abs:[${words.join(' ')}]}` : `&{${sign} [${words.join(' ')}]}`
  }

  #printFloat(argument: Argument, value: number, verb: string): string {
    switch (verb) {
      case 'v':
        return formatFloatArgument(value, 'g', -1, this.#flags)
      case 'b':
      case 'g':
      case 'G':
      case 'x':
      case 'X':
        return formatFloatArgument(value, verb, -1, this.#flags)
      case 'f':
      case 'e':
      case 'E':
        return formatFloatArgument(value, verb, 6, this.#flags)
      case 'F':
        return formatFloatArgument(value, 'f', 6, this.#flags)
      default:
        return this.#complain(argument, verb)
    }
  }

  #printText(argument: Argument, value: string, verb: string): string {
    switch (verb) {
      case 'v':
        return this.#flags.sharpV
          ? formatQuoted(value, this.#flags)
          : formatText(value, this.#flags)
      case 's':
        return formatText(value, this.#flags)
      case 'q':
        return formatQuoted(value, this.#flags)
      case 'x':
      case 'X':
        return formatTextHex(value, this.#flags, verb === 'X')
      default:
        return this.#complain(argument, verb)
    }
  }
}

/** Digits as a number; undefined where Go finds them too many (before the last one, not after). */
function toSize(digits: string): number | undefined {
  const size = Number(digits)
  return Math.floor(size / 10) > MAX_SIZE ? undefined : size
}

/** An upper bound, within a small factor, of what printing the argument takes. */
function lengthOf(argument: Argument): number {
  return argument.type === 'string' ? argument.value.length : 32
}
