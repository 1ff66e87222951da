// Compiled regular expressions, kept for those who ask again.

import { re2js } from './re2js.ts'
import { Automaton } from './regex-automaton.ts'
import type { Account, Charge, Program } from './regex-program.ts'
import { UnsupportedCall } from './unsupported-call.ts'

export interface Regex {
  readonly groupNames: Readonly<Record<string, number>>
  readonly program: Program
  readonly automaton: Automaton
  readonly slots: number
}

/** Fuel for a character compiled, and again for each state that comes of it. */
const COMPILE_COST = 128

// What is held is counted in words of eight bytes: some 40 MB, and 4 MB more.
const MAX_HELD = 5_000_000
const MAX_CHARGED = 500_000
/** Of a character of a pattern, and of a state. */
const COMPILED_WORDS = 25

interface Entry {
  /** Undefined for what is not in RE2's syntax. */
  readonly regex: Regex | undefined
  /** The account that was charged for it last. */
  askedIn: number
}

const cache = new Map<string, Entry>()
let held = 0
// Counts up for ever, which takes a while to 2^53.
let accounts = 0

function hold(words: number): void {
  held += words
}

function forget(): void {
  cache.clear()
  held = 0
}

/**
 * An evaluation, as far as its regular expressions go. One is over when another begins, and nothing is dropped in between: what has
 * been charged for once is there.
 */
export class RegexAccount implements Account {
  readonly charge: Charge
  id = 0
  #charged = 0

  constructor(charge: Charge) {
    this.charge = charge
    this.begin()
  }

  begin(): void {
    this.id = ++accounts
    this.#charged = 0
    if (held > MAX_HELD) forget()
  }

  count(words: number): boolean {
    this.#charged += words
    if (this.#charged <= MAX_CHARGED) return false
    // Even if there is room: whether there is depends on others.
    forget()
    this.begin()
    return true
  }
}

/** Returns the compiled `pattern`, or undefined when it is not in RE2's syntax. @throws UnsupportedCall */
export function compileRegex(pattern: string, account: Account): Regex | undefined {
  const known = cache.get(pattern)
  account.charge(pattern.length * (known?.askedIn === account.id ? 1 : COMPILE_COST))
  if (known?.askedIn === account.id) return known.regex
  const entry = known ?? { regex: compile(pattern), askedIn: 0 }
  const states = entry.regex?.program.inst.length ?? 0
  account.charge(states * COMPILE_COST)
  const words = (pattern.length + states) * COMPILED_WORDS
  account.count(words)
  if (cache.get(pattern) !== entry) {
    cache.set(pattern, entry)
    hold(words)
  }
  entry.askedIn = account.id
  return entry.regex
}

/** Whether a text is in RE2's syntax. */
export function isRegex(text: string): boolean {
  try {
    return compile(text) !== undefined
  } catch (error) {
    if (error instanceof UnsupportedCall) return false
    throw error
  }
}

function compile(pattern: string): Regex | undefined {
  const { RE2JS, RE2JSException } = re2js()
  try {
    const compiled = RE2JS.compile(pattern)
    const { prog, namedGroups } = compiled.re2()
    const slots = 2 * (compiled.groupCount() + 1)
    return { program: prog, automaton: new Automaton(prog, hold), groupNames: namedGroups, slots }
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    // Go allows two groups of one name.
    if (/duplicate/i.test(error.message)) throw new UnsupportedCall('two groups have one name')
    return undefined
  }
}
