// Runs a compiled regular expression over a text in linear time (Pike's machine): every state that is
// alive at a position is stepped once, so no pattern backtracks. RE2JS parses and compiles; its own
// matchers tell nobody how far they read, so this one counts, and a budget can end it.

import { re2js } from './re2js.ts'
import { UnsupportedCall } from './unsupported-call.ts'

/** Positions of the whole match and of each group: start, end; -1 where a group took no part. */
export type Captures = readonly number[]

export interface Regex {
  readonly groupNames: Readonly<Record<string, number>>
  readonly program: Program
  readonly slots: number
}

interface Program {
  readonly start: number
  readonly inst: readonly Instruction[]
}

interface Instruction {
  readonly op: number
  readonly out: number
  readonly arg: number
  matchRune(rune: number): boolean
}

// The machine's instructions, as RE2JS numbers them.
const ALTERNATIVES = 1
const ALTERNATIVES_MATCH = 2
const CAPTURE = 3
const EMPTY_WIDTH = 4
const FAIL = 5
const MATCH = 6
const NOTHING = 7
const ANY_CHARACTER = 10
const ANY_BUT_NEWLINE = 11

const BEGIN_LINE = 1
const END_LINE = 2
const BEGIN_TEXT = 4
const END_TEXT = 8
const WORD_BOUNDARY = 16
const NO_WORD_BOUNDARY = 32

/** Fuel for one state stepped: a lookup, a comparison, often an allocation. */
const STEP_COST = 16

const MAX_CACHED = 100
const cache = new Map<string, Regex | undefined>()

/** The compiled `pattern`, or undefined when it is not in RE2's syntax. */
export function compileRegex(pattern: string, charge: (units: number) => void): Regex | undefined {
  // The same price whether cached or not: what a policy costs depends on nothing before it.
  charge(pattern.length * STEP_COST)
  let regex = cache.get(pattern)
  if (regex === undefined && !cache.has(pattern)) {
    regex = compile(pattern)
    if (cache.size >= MAX_CACHED) cache.clear()
    cache.set(pattern, regex)
  }
  if (regex !== undefined) charge(regex.program.inst.length * STEP_COST)
  return regex
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
    return { program: prog, groupNames: namedGroups, slots: 2 * (compiled.groupCount() + 1) }
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    // Go allows two groups of one name.
    if (/duplicate/i.test(error.message)) throw new UnsupportedCall('two groups have one name')
    return undefined
  }
}

/**
 * Every match in `text`, leftmost and first-alternative, none overlapping, and no empty one right after
 * another: Go's FindAll. `most` limits their number; negative is no limit. Groups are noted up to `slots`.
 */
export function findAll(
  regex: Regex,
  text: string,
  most: number,
  charge: (units: number) => void,
  slots = 2,
): Captures[] {
  const found: Captures[] = []
  let position = 0
  let previousEnd = -1
  while ((most < 0 || found.length < most) && position <= text.length) {
    const captures = search(regex, text, position, charge, slots)
    if (captures === undefined) break
    const start = captures[0]!
    const end = captures[1]!
    const isRepeat = end === position && start === previousEnd
    position = end === position ? position + widthAt(text, position) : end
    previousEnd = end
    if (!isRepeat) found.push(captures)
  }
  return found
}

export function isMatch(regex: Regex, text: string, charge: (units: number) => void): boolean {
  return search(regex, text, 0, charge, 2) !== undefined
}

function widthAt(text: string, position: number): number {
  return (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1
}

/** States in order of preference, each at most once. */
class Threads {
  readonly pcs: number[] = []
  readonly captures: Captures[] = []
  readonly #seenAt: Int32Array

  constructor(size: number) {
    this.#seenAt = new Int32Array(size)
  }

  /** `generation` is never 0, and another one at every position. */
  isNew(pc: number, generation: number): boolean {
    if (this.#seenAt[pc] === generation) return false
    this.#seenAt[pc] = generation
    return true
  }

  clear(): void {
    this.pcs.length = 0
    this.captures.length = 0
  }
}

function search(
  regex: Regex,
  text: string,
  from: number,
  charge: (units: number) => void,
  slots: number,
): Captures | undefined {
  const { inst, start } = regex.program
  charge(inst.length)
  let current = new Threads(inst.length)
  let next = new Threads(inst.length)
  let match: Captures | undefined
  const unset: Captures = Array.from({ length: slots }, () => -1)
  for (let position = from; ;) {
    let steps = 1
    if (match === undefined) {
      const begun = unset.with(0, position)
      steps += slots >> 2
      steps += addStates(regex, current, start, begun, text, position)
    }
    if (current.pcs.length === 0 && match !== undefined) return match
    const rune = text.codePointAt(position) ?? -1
    const after = position + (rune > 0xffff ? 2 : 1)
    next.clear()
    for (const [index, pc] of current.pcs.entries()) {
      steps++
      const captures = current.captures[index]!
      const instruction = inst[pc]!
      if (instruction.op === MATCH) {
        match = captures.with(1, position)
        // States after this one are less preferred.
        break
      }
      if (rune >= 0 && accepts(instruction, rune)) {
        steps += addStates(regex, next, instruction.out, captures, text, after)
      }
    }
    charge(steps * STEP_COST)
    if (rune < 0) return match
    const swapped = current
    current = next
    next = swapped
    position = after
  }
}

function accepts(instruction: Instruction, rune: number): boolean {
  if (instruction.op === ANY_CHARACTER) return true
  if (instruction.op === ANY_BUT_NEWLINE) return rune !== 0x0a
  return instruction.matchRune(rune)
}

/** Adds every state that `pc` reaches without reading a character; the number of states looked at. */
function addStates(
  regex: Regex,
  threads: Threads,
  pc: number,
  captures: Captures,
  text: string,
  position: number,
): number {
  const pending: [number, Captures][] = [[pc, captures]]
  let steps = 0
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    const [at, held] = top
    steps++
    if (!threads.isNew(at, position + 1)) continue
    const { op, out, arg } = regex.program.inst[at]!
    switch (op) {
      case FAIL:
        break
      case ALTERNATIVES:
      case ALTERNATIVES_MATCH:
        pending.push([arg, held], [out, held])
        break
      case NOTHING:
        pending.push([out, held])
        break
      case CAPTURE:
        // The group's place is noted in a copy: other states keep theirs.
        steps += held.length >> 2
        pending.push([out, arg < held.length ? held.with(arg, position) : held])
        break
      case EMPTY_WIDTH:
        if ((arg & ~emptyWidthsAt(text, position)) === 0) pending.push([out, held])
        break
      default:
        threads.pcs.push(at)
        threads.captures.push(held)
    }
  }
  return steps
}

function emptyWidthsAt(text: string, position: number): number {
  const isBegin = position === 0
  const isEnd = position === text.length
  const before = isBegin ? -1 : text.charCodeAt(position - 1)
  const after = isEnd ? -1 : text.charCodeAt(position)
  let flags = isWord(before) === isWord(after) ? NO_WORD_BOUNDARY : WORD_BOUNDARY
  if (isBegin) flags |= BEGIN_TEXT
  if (isEnd) flags |= END_TEXT
  if (isBegin || before === 0x0a) flags |= BEGIN_LINE
  if (isEnd || after === 0x0a) flags |= END_LINE
  return flags
}

function isWord(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x5f
  )
}
