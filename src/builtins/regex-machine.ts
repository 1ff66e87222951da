// Finds where a compiled regular expression matches, in linear time (Pike's machine): every state that is
// alive at a position is stepped once, so no pattern backtracks. RE2JS parses and compiles; its own
// matchers tell nobody how far they read, so this one counts, and a budget can end it.

import type { Regex } from './regex-cache.ts'
import { accepts, type Charge, emptyWidths, OP, STEP_COST } from './regex-program.ts'

/** Positions of the whole match and of each group: start, end; -1 where a group took no part. */
export type Captures = readonly number[]

/**
 * Every match in `text`, leftmost and first-alternative, none overlapping, and no empty one right after
 * another: Go's FindAll. `most` limits their number; negative is no limit. Groups are noted up to `slots`.
 */
export function findAll(
  regex: Regex,
  text: string,
  most: number,
  charge: Charge,
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
  charge: Charge,
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
      if (instruction.op === OP.match) {
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
      case OP.fail:
        break
      case OP.alternatives:
      case OP.alternativesMatch:
        pending.push([arg, held], [out, held])
        break
      case OP.nothing:
        pending.push([out, held])
        break
      case OP.capture:
        // The group's place is noted in a copy: other states keep theirs.
        steps += held.length >> 2
        pending.push([out, arg < held.length ? held.with(arg, position) : held])
        break
      case OP.emptyWidth:
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
  const before = position === 0 ? -1 : text.charCodeAt(position - 1)
  const after = position === text.length ? -1 : text.charCodeAt(position)
  return emptyWidths(before, after)
}
