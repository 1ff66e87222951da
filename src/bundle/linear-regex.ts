// Regular expressions of bundles that nobody vouches for. JavaScript's engine backtracks, so six characters can stop a
// loader for ever; here a pattern becomes a nondeterministic automaton whose states are walked side by side: the work is at
// most states × characters, and a budget bounds that. The syntax is what RE2 accepts; `pattern` also has to be ECMAScript's.
import { parseRegex, RegexFault, type RegexNode } from './regex-syntax.ts'

/** Repeats are written out, so `a{1000}{1000}` would be a million states. */
const MAX_STATES = 2_000

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
    emit(parseRegex(pattern), program, { calls: 0 })
  } catch (error) {
    if (error instanceof RegexFault) throw new SyntaxError(error.message)
    throw error
  }
  program.push({ kind: 'match' })
  return { test: (text) => run(program, text, budget), toString: () => pattern }
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

function emit(node: RegexNode, program: Instruction[], emission: Emission): void {
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

function emitChoice(items: readonly RegexNode[], program: Instruction[], emission: Emission): void {
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
  { item, min, max }: RegexNode & { kind: 'repeat' },
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
