// A regular expression as RE2JS compiles it: states, and what each asks of the character at hand or of its surroundings.

export interface Program {
  readonly start: number
  readonly inst: readonly Instruction[]
}

export interface Instruction {
  readonly op: number
  readonly out: number
  readonly arg: number
  matchRune(rune: number): boolean
}

/** Takes fuel for work about to be done. */
export type Charge = (units: number) => void

/** Of an evaluation. What it needs is charged once, whether or not it was there before: what it costs depends on no other. */
export interface Account {
  /** Stamped on what has been charged for. */
  readonly id: number
  readonly charge: Charge
  /** Counts words of eight bytes charged for; returns true when these are too many, and it begins anew with another id. */
  count(words: number): boolean
}

// As RE2JS numbers them.
export const OP = {
  alternatives: 1,
  alternativesMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nothing: 7,
  anyCharacter: 10,
  anyButNewline: 11,
} as const

export const EMPTY = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const

/** Fuel for one state stepped: a lookup, a comparison, often an allocation. */
export const STEP_COST = 16

export const NEWLINE = 0x0a

/** Says whether a state that reads a character reads this one. */
export function accepts(instruction: Instruction, rune: number): boolean {
  if (instruction.op === OP.anyCharacter) return true
  if (instruction.op === OP.anyButNewline) return rune !== NEWLINE
  return instruction.matchRune(rune)
}

/** What holds between two characters; one below 0 is the edge of the text. */
export function emptyWidths(before: number, after: number): number {
  let widths: number = isWord(before) === isWord(after) ? EMPTY.noWordBoundary : EMPTY.wordBoundary
  if (before < 0) widths |= EMPTY.beginText
  if (after < 0) widths |= EMPTY.endText
  if (before < 0 || before === NEWLINE) widths |= EMPTY.beginLine
  if (after < 0 || after === NEWLINE) widths |= EMPTY.endLine
  return widths
}

export function isWord(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x5f
  )
}
