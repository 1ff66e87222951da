import type { Random } from '../random.ts'
import type { Spelling } from '../tree.ts'

const SPACES = [' ', '\n', '\t', '\r\n', '    ']
const PLAIN = /[\w./-]/

/** Legal, and as nobody writes it: plain characters as escapes, and space between tokens. */
export function oddSpelling(random: Random): Spelling {
  const spell = (unit: string): string => {
    if (PLAIN.test(unit) && !random.chance(20)) return unit
    const digits = unit.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${random.chance(50) ? digits : digits.toUpperCase()}`
  }
  return {
    string: (text) => `"${text.split('').map(spell).join('')}"`,
    space: () => (random.chance(20) ? random.pick(SPACES) : ''),
  }
}
