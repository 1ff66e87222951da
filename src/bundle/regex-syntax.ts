// The syntax of RE2, as far as it tells which patterns RE2 accepts and what they match. Flags are read, not heeded.

/** RE2's own limit. */
const MAX_REPEAT = 1_000
/** Each level is a call deeper. */
const MAX_DEPTH = 100

export type RegexNode =
  | { readonly kind: 'atom'; readonly source: string }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'boundary'; readonly negated: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat'
      readonly item: RegexNode
      readonly min: number
      readonly max: number
    }

export class RegexFault extends Error {}

/** Says in a few words why RE2 would refuse a regular expression, or undefined if it would not. */
export function findRegexFault(pattern: string): string | undefined {
  try {
    parseRegex(pattern)
    return undefined
  } catch (error) {
    if (error instanceof RegexFault) return error.message
    throw error
  }
}

/** @throws RegexFault */
export function parseRegex(pattern: string): RegexNode {
  return new Parser(pattern).parse()
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): RegexNode {
    const node = this.#parseChoice()
    if (this.#at < this.#text.length) throw new RegexFault('`)` has no `(`')
    return node
  }

  #parseChoice(): RegexNode {
    if (++this.#depth > MAX_DEPTH) throw new RegexFault('its groups are nested too deeply')
    const items = [this.#parseSequence()]
    while (this.#take('|')) items.push(this.#parseSequence())
    this.#depth--
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items }
  }

  #parseSequence(): RegexNode {
    const items: RegexNode[] = []
    while (this.#at < this.#text.length && !this.#sees('|') && !this.#sees(')')) {
      items.push(this.#parseRepeat(this.#parseAtom()))
    }
    return { kind: 'sequence', items }
  }

  #parseRepeat(item: RegexNode): RegexNode {
    const range = this.#parseQuantifier()
    if (range === undefined) return item
    this.#take('?')
    if (this.#parseQuantifier() !== undefined) throw new RegexFault('a repeat follows a repeat')
    return { kind: 'repeat', item, ...range }
  }

  #parseQuantifier(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity }
    if (this.#take('+')) return { min: 1, max: Infinity }
    if (this.#take('?')) return { min: 0, max: 1 }
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 32))
    if (found === null) return undefined
    this.#at += found[0].length
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3])
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) {
      throw new RegexFault(`it repeats more than ${MAX_REPEAT} times`)
    }
    if (max < min) throw new RegexFault(`\`${found[0]}\` counts backwards`)
    return { min, max }
  }

  #parseAtom(): RegexNode {
    if (this.#take('^')) return { kind: 'start' }
    if (this.#take('$')) return { kind: 'end' }
    if (this.#sees('*') || this.#sees('+') || this.#sees('?')) {
      throw new RegexFault(`\`${this.#text[this.#at]}\` repeats nothing`)
    }
    if (this.#take('(')) return this.#parseGroup()
    if (this.#sees('[')) return { kind: 'atom', source: this.#takeClass() }
    if (this.#sees('\\')) return this.#parseEscape()
    const codePoint = this.#text.codePointAt(this.#at) ?? 0
    const source = String.fromCodePoint(codePoint)
    this.#at += source.length
    return { kind: 'atom', source }
  }

  #parseGroup(): RegexNode {
    if (this.#take('?')) {
      if (/^(=|!|<=|<!|>)/.test(this.#text.slice(this.#at, this.#at + 2))) {
        throw new RegexFault('RE2 has no look-around')
      }
      const open = /^(P?<[A-Za-z_][A-Za-z0-9_]*>|[imsU]*(-[imsU]+)?[:)])/.exec(
        this.#text.slice(this.#at, this.#at + 256),
      )
      if (open === null) throw new RegexFault('`(?` opens a group that RE2 does not know')
      this.#at += open[0].length
      if (open[0].endsWith(')')) return { kind: 'sequence', items: [] }
    }
    const node = this.#parseChoice()
    if (!this.#take(')')) throw new RegexFault('`(` is not closed')
    return node
  }

  #parseEscape(): RegexNode {
    const rest = this.#text.slice(this.#at, this.#at + 64)
    const found =
      /^\\(p\{\^?[A-Za-z_]+\}|P\{\^?[A-Za-z_]+\}|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]+\}|[pP][A-Z]|[0-7]{1,3}|[^])/u.exec(
        rest,
      )
    if (found === null) throw new RegexFault('it ends in a backslash')
    const source = found[0]
    const letter = source[1] ?? ''
    if (/[1-9]/.test(letter)) throw new RegexFault('RE2 has no references to groups')
    if (letter === 'Q') return this.#parseLiteral()
    if (/[A-Za-z]/.test(letter) && !/[pPxdDsSwWbBAzaftnrv]/.test(letter)) {
      throw new RegexFault(`RE2 does not know \`${source}\``)
    }
    this.#at += source.length
    switch (source) {
      case '\\b':
      case '\\B':
        return { kind: 'boundary', negated: source === '\\B' }
      case '\\A':
        return { kind: 'start' }
      case '\\z':
        return { kind: 'end' }
      default:
        return { kind: 'atom', source }
    }
  }

  #parseLiteral(): RegexNode {
    const end = this.#text.indexOf('\\E', this.#at)
    const text = this.#text.slice(this.#at + 2, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#text.length : end + 2
    return { kind: 'sequence', items: Array.from(text).map((source) => ({ kind: 'atom', source })) }
  }

  #takeClass(): string {
    const start = this.#at++
    this.#take('^')
    // A bracket that comes first stands for itself in RE2.
    this.#take(']')
    while (!this.#take(']')) {
      if (this.#at >= this.#text.length) throw new RegexFault('`[` is not closed')
      const named = /^\[:\^?[a-z]+:\]/.exec(this.#text.slice(this.#at, this.#at + 16))
      this.#at += named !== null ? named[0].length : this.#sees('\\') ? 2 : 1
    }
    return this.#text.slice(start, this.#at)
  }

  #sees(character: string): boolean {
    return this.#text[this.#at] === character
  }

  #take(character: string): boolean {
    if (!this.#sees(character)) return false
    this.#at++
    return true
  }
}
