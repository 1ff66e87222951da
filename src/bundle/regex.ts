// Regular expressions of bundles that nobody vouches for. JavaScript's engine backtracks, so six characters can stop a
// loader for ever; here a pattern becomes a nondeterministic automaton whose states are walked side by side: the work is at
// most states × characters, and a budget bounds that. The syntax is what RE2 accepts; `pattern` also has to be ECMAScript's.

/** Repeats are written out, so `a{1000}{1000}` would be a million states. */
const MAX_STATES = 2_000
/** RE2's own limit. */
const MAX_REPEAT = 1_000
/** Each level is a call deeper. */
const MAX_DEPTH = 100

type Node =
  | { readonly kind: 'atom'; readonly source: string }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'boundary'; readonly negated: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number }

class RegexFault extends Error {}

/** Says in a few words why RE2 would refuse a regular expression, or undefined if it would not. */
export function findRegexFault(pattern: string): string | undefined {
  try {
    new Parser(pattern).parse()
    return undefined
  } catch (error) {
    if (error instanceof RegexFault) return error.message
    throw error
  }
}

/** Steps that matching may still take, shared by all patterns of a check. */
export interface RegexBudget {
  steps: number
}

/** Thrown through the validator when patterns take more steps than a check may. */
export class RegexBudgetError extends Error {}

export interface LinearRegex {
  test(text: string): boolean
  /** The pattern: ajv takes patterns of equal text for one. */
  toString(): string
}

/** @throws SyntaxError if the pattern is not in the syntax that RE2 and ECMAScript share. */
export function compileRegex(pattern: string, budget: RegexBudget): LinearRegex {
  // Only its syntax is looked at: a RegExp that is never run cannot backtrack.
  void new RegExp(pattern, 'u')
  const program: Instruction[] = []
  try {
    emit(new Parser(pattern).parse(), program, { calls: 0 })
  } catch (error) {
    if (error instanceof RegexFault) throw new SyntaxError(error.message)
    throw error
  }
  program.push({ kind: 'match' })
  return { test: (text) => run(program, text, budget), toString: () => pattern }
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): Node {
    const node = this.#parseChoice()
    if (this.#at < this.#text.length) throw new RegexFault('`)` has no `(`')
    return node
  }

  #parseChoice(): Node {
    if (++this.#depth > MAX_DEPTH) throw new RegexFault('its groups are nested too deeply')
    const items = [this.#parseSequence()]
    while (this.#take('|')) items.push(this.#parseSequence())
    this.#depth--
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items }
  }

  #parseSequence(): Node {
    const items: Node[] = []
    while (this.#at < this.#text.length && !this.#sees('|') && !this.#sees(')')) {
      items.push(this.#parseRepeat(this.#parseAtom()))
    }
    return { kind: 'sequence', items }
  }

  #parseRepeat(item: Node): Node {
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

  #parseAtom(): Node {
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

  #parseGroup(): Node {
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

  #parseEscape(): Node {
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

  #parseLiteral(): Node {
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

type Instruction =
  | { readonly kind: 'character'; readonly is: RegExp }
  | { readonly kind: 'start' | 'end' | 'match' }
  | { readonly kind: 'boundary'; readonly negated: boolean }
  | { readonly kind: 'split'; targets: number[] }

/** Calls are counted, not instructions: `(){1000}` repeats what emits none. */
interface Emission {
  calls: number
}

function emit(node: Node, program: Instruction[], emission: Emission): void {
  if (++emission.calls > MAX_STATES)
    throw new RegexFault('it is too large once its repeats are written out')
  switch (node.kind) {
    case 'atom':
      // One character against one class: nothing to backtrack over.
      program.push({ kind: 'character', is: new RegExp(`^(?:${escapeAtom(node.source)})$`, 'u') })
      return
    case 'start':
    case 'end':
      program.push({ kind: node.kind })
      return
    case 'boundary':
      program.push({ kind: 'boundary', negated: node.negated })
      return
    case 'sequence':
      for (const item of node.items) emit(item, program, emission)
      return
    case 'choice':
      emitChoice(node.items, program, emission)
      return
    case 'repeat':
      emitRepeat(node, program, emission)
      return
  }
}

/** A lone `]`, `}` or `{` stands for itself in RE2 and has to be escaped with the `u` flag. */
function escapeAtom(source: string): string {
  return /^[\]{}/]$/.test(source) ? `\\${source}` : source
}

function emitChoice(items: readonly Node[], program: Instruction[], emission: Emission): void {
  const exits: { targets: number[] }[] = []
  for (const [index, item] of items.entries()) {
    const last = index === items.length - 1
    const split: { kind: 'split'; targets: number[] } = { kind: 'split', targets: [] }
    if (!last) program.push(split)
    split.targets.push(program.length)
    emit(item, program, emission)
    if (last) break
    const exit: { kind: 'split'; targets: number[] } = { kind: 'split', targets: [] }
    program.push(exit)
    exits.push(exit)
    split.targets.push(program.length)
  }
  for (const exit of exits) exit.targets.push(program.length)
}

function emitRepeat(
  { item, min, max }: Node & { kind: 'repeat' },
  program: Instruction[],
  emission: Emission,
): void {
  for (let i = 0; i < min; i++) emit(item, program, emission)
  if (max === Infinity) {
    const split: { kind: 'split'; targets: number[] } = { kind: 'split', targets: [] }
    const entry = program.length
    program.push(split)
    emit(item, program, emission)
    program.push({ kind: 'split', targets: [entry] })
    split.targets.push(entry + 1, program.length)
    return
  }
  for (let i = min; i < max; i++) {
    const split: { kind: 'split'; targets: number[] } = {
      kind: 'split',
      targets: [program.length + 1],
    }
    program.push(split)
    emit(item, program, emission)
    split.targets.push(program.length)
  }
}

function run(program: readonly Instruction[], text: string, budget: RegexBudget): boolean {
  const characters = Array.from(text)
  let current = new Set<number>()
  for (let at = 0; at <= characters.length; at++) {
    current.add(0) // a match may begin anywhere
    if (follow(program, current, characters, at)) return true
    budget.steps -= current.size
    if (budget.steps < 0) throw new RegexBudgetError('patterns take too many steps')
    const character = characters[at]
    const next = new Set<number>()
    if (character !== undefined) {
      for (const state of current) {
        const instruction = program[state]
        if (instruction?.kind === 'character' && instruction.is.test(character)) next.add(state + 1)
      }
    }
    current = next
  }
  return false
}

/** Adds every state that can be reached without reading; true if one of them is the match. */
function follow(
  program: readonly Instruction[],
  states: Set<number>,
  characters: readonly string[],
  at: number,
): boolean {
  // A Set's iteration also visits what is added on the way.
  for (const state of states) {
    const instruction = program[state]
    switch (instruction?.kind) {
      case 'match':
        return true
      case 'start':
        if (at === 0) states.add(state + 1)
        break
      case 'end':
        if (at === characters.length) states.add(state + 1)
        break
      case 'boundary':
        if ((isWord(characters[at - 1]) !== isWord(characters[at])) !== instruction.negated) {
          states.add(state + 1)
        }
        break
      case 'split':
        for (const target of instruction.targets) states.add(target)
        break
      case 'character':
      case undefined:
        break
    }
  }
  return false
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character)
}
