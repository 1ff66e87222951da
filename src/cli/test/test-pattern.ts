import { compileRegex, RegexAccount } from '../../builtins/regex-cache.ts'
import { UsageError } from '../usage-error.ts'

// Time is linear in a text's length and bounded by the pattern's, so nothing has to be charged for.
const free = new RegexAccount(() => {})

/** Returns what tells whether an RE2 pattern finds something in a text. @throws {UsageError} for one that is none. */
export function compilePattern(pattern: string): (text: string) => boolean {
  const regex = compileRegex(pattern, free)
  if (regex === undefined) {
    throw new UsageError(`\`${pattern}\` is not a regular expression that RE2 accepts`)
  }
  return (text) => regex.automaton.matches(text, free)
}
