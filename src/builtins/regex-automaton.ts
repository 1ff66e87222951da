// Whether a regular expression matches anywhere in a text, by a deterministic automaton that is made as far as texts have need of
// it and kept: one of its states is the set of the program's that are alive between two characters. What an evaluation is charged
// does not depend on what earlier ones have made: a step has its full price the first time that it is taken in one.

import {
  accepts,
  type Account,
  EMPTY,
  emptyWidths,
  type Instruction,
  isWord,
  NEWLINE,
  OP,
  type Program,
  STEP_COST,
} from './regex-program.ts'

/** Stands where a character would, behind the last one. */
const END_OF_TEXT = -1

// What is held is counted in words of eight bytes.
const STEP_WORDS = 16
const STATE_WORDS = 32
/** In the list of a state, and in the text that it is found by. */
const ALIVE_WORDS = 2

/** Fuel for a step that is there. */
const CHARACTER_COST = 4
/** Fuel that is gathered before it is taken. */
const CHARGED_AT_ONCE = 4096

/** What came before a place, as far as a program can ask: the edge of the text, or a character for all of its sort. */
const BEFORE = { begin: -1, newline: NEWLINE, word: 0x61, other: 0x20 } as const
type Before = (typeof BEFORE)[keyof typeof BEFORE]

interface State {
  /** States of the program that go on from here, sorted. */
  readonly alive: readonly number[]
  readonly before: Before
  /** By character, and `END_OF_TEXT`. */
  readonly steps: Map<number, Step>
}

interface Step {
  readonly next: State | typeof MATCHED
  /** States of the program looked at. */
  readonly cost: number
  /** The account that was charged for it last. */
  takenIn: number
}

const MATCHED = 'matched'

export class Automaton {
  private readonly inst: readonly Instruction[]
  private readonly start: number
  private readonly asksWords: boolean
  private readonly asksBegin: boolean
  /** Can begin to match where the text begins, and nowhere else. */
  private readonly isAnchored: boolean
  private readonly marks: Float64Array
  private mark = 0
  private states = new Map<string, State>()
  private readonly hold: (words: number) => void

  /** `hold` is told of words that the automaton holds from then on. */
  constructor({ inst, start }: Program, hold: (words: number) => void) {
    this.hold = hold
    this.inst = inst
    this.start = start
    const asked = inst.reduce((all, { op, arg }) => all | (op === OP.emptyWidth ? arg : 0), 0)
    this.asksWords = (asked & ~(EMPTY.beginText | EMPTY.endText)) !== 0
    this.asksBegin = asked !== 0
    this.marks = new Float64Array(inst.length)
    const { isMatch, reading } = this.follow([start], 0xff & ~EMPTY.beginText)
    this.isAnchored = !isMatch && reading.length === 0
  }

  /** Says whether the expression matches a part of the text. */
  matches(text: string, account: Account): boolean {
    account.charge(this.inst.length)
    let due = 0
    let state = this.intern([], this.asksBegin ? BEFORE.begin : BEFORE.other)
    for (let position = 0; position <= text.length;) {
      const rune = text.codePointAt(position) ?? END_OF_TEXT
      const step = this.stepOver(state, rune)
      const isNew = step.takenIn !== account.id
      step.takenIn = account.id
      due += isNew ? CHARACTER_COST + step.cost * STEP_COST : CHARACTER_COST
      if (due > CHARGED_AT_ONCE) {
        account.charge(due)
        due = 0
      }
      let { next } = step
      if (isNew && account.count(wordsOf(step))) {
        this.states = new Map()
        if (next !== MATCHED) next = this.intern(next.alive, next.before)
      }
      if (next === MATCHED || (this.isAnchored && next.alive.length === 0)) {
        account.charge(due)
        return next === MATCHED
      }
      state = next
      position += rune > 0xffff ? 2 : 1
    }
    account.charge(due)
    return false
  }

  private intern(alive: readonly number[], before: Before): State {
    const key = `${before}:${alive.join()}`
    let state = this.states.get(key)
    if (state === undefined) {
      state = { alive, before, steps: new Map() }
      this.states.set(key, state)
      this.hold(wordsOfState(state))
    }
    return state
  }

  private stepOver(state: State, rune: number): Step {
    let step = state.steps.get(rune)
    if (step === undefined) {
      step = this.make(state, rune)
      state.steps.set(rune, step)
      this.hold(STEP_WORDS)
    }
    return step
  }

  /** Goes over a character, or the end of the text. */
  private make(state: State, rune: number): Step {
    const { alive, before } = state
    const begins = !this.isAnchored || before === BEFORE.begin
    const from = begins ? [...alive, this.start] : alive
    const { isMatch, reading, cost } = this.follow(from, emptyWidths(before, rune))
    if (isMatch) return { next: MATCHED, cost, takenIn: 0 }
    const out = new Set<number>()
    for (const instruction of reading) {
      if (rune >= 0 && accepts(instruction, rune)) out.add(instruction.out)
    }
    const next = this.intern(
      [...out].toSorted((a, b) => a - b),
      this.beforeNext(rune),
    )
    return { next, cost: cost + reading.length, takenIn: 0 }
  }

  private beforeNext(rune: number): Before {
    if (!this.asksWords) return BEFORE.other
    if (rune === NEWLINE) return BEFORE.newline
    return isWord(rune) ? BEFORE.word : BEFORE.other
  }

  /** All that states lead to without a character being read, where these empty widths hold. */
  private follow(
    from: readonly number[],
    widths: number,
  ): { isMatch: boolean; reading: Instruction[]; cost: number } {
    const mark = ++this.mark
    const reading: Instruction[] = []
    const pending = [...from]
    let cost = 1
    for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
      cost++
      if (this.marks[pc] === mark) continue
      this.marks[pc] = mark
      const instruction = this.inst[pc]!
      switch (instruction.op) {
        case OP.fail:
          break
        case OP.alternatives:
        case OP.alternativesMatch:
          pending.push(instruction.arg, instruction.out)
          break
        case OP.nothing:
        case OP.capture:
          pending.push(instruction.out)
          break
        case OP.emptyWidth:
          if ((instruction.arg & ~widths) === 0) pending.push(instruction.out)
          break
        case OP.match:
          return { isMatch: true, reading, cost }
        default:
          reading.push(instruction)
      }
    }
    return { isMatch: false, reading, cost }
  }
}

function wordsOf({ next }: Step): number {
  return next === MATCHED ? STEP_WORDS : STEP_WORDS + wordsOfState(next)
}

function wordsOfState({ alive }: State): number {
  return STATE_WORDS + ALIVE_WORDS * alive.length
}
