// Regular expressions of bundles that nobody vouches for. JavaScript's engine backtracks, so six characters can stop a loader
// for ever; the machine of the built-ins is linear, and what it may spend is bounded here.
import { compileRegex as compile, RegexAccount } from '../builtins/regex-cache.ts'

/** What matching may still spend, shared by all patterns of a check: about 16 units a state and character, 4 where a text repeats. */
export interface RegexBudget {
  units: number
}

/** Thrown through the validator when patterns cost more than a check may. */
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
  const charge = (units: number): void => {
    budget.units -= units
    if (budget.units < 0) throw new RegexBudgetError('patterns take too many steps')
  }
  const account = new RegexAccount(charge)
  const regex = compile(pattern, account)
  if (regex === undefined) throw new SyntaxError('it is not in the syntax of RE2')
  const test = (text: string): boolean => {
    account.begin()
    return regex.automaton.matches(text, account)
  }
  return { test, toString: () => pattern }
}
