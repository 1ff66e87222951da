// The string built-ins that OPA's modules leave to the host.

import type { Builtin } from './builtin.ts'
import { asInt64, asString, asStrings } from './operands.ts'
import { regoArray, regoNumber, type RegoValue } from './rego-value.ts'

function asOneOrMore(value: RegoValue | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : asStrings(value)
}

function anyMatch(matches: (text: string, affix: string) => boolean): Builtin {
  return (args, context) => {
    const [texts, affixes] = args.map(asOneOrMore)
    if (texts === undefined || affixes === undefined) return undefined
    return texts.some((text) => {
      context.charge(text.length + affixes.length)
      return affixes.some((affix) => matches(text, affix))
    })
  }
}

/** `strings.any_prefix_match(search, base)`: one of the strings begins with one of the prefixes. */
export const anyPrefixMatch = anyMatch((text, affix) => text.startsWith(affix))

/** `strings.any_suffix_match(search, base)`. */
export const anySuffixMatch = anyMatch((text, affix) => text.endsWith(affix))

/** `strings.count(text, part)`: occurrences that do not overlap; of the empty string, one more than characters. */
export const stringsCount: Builtin = (args, context) => {
  const [text, part] = args.map(asString)
  if (text === undefined || part === undefined) return undefined
  context.charge(text.length + part.length)
  if (part === '') return regoNumber(Array.from(text).length + 1)
  return regoNumber(text.split(part).length - 1)
}

/** `indexof_n(text, part)`: where `part` occurs, overlaps included, counted in characters. */
export const indexOfN: Builtin = (args, context) => {
  const [text, part] = args.map(asString)
  if (text === undefined || part === undefined || part === '') return undefined
  const found: RegoValue[] = []
  let character = 0
  let unit = 0
  // A search costs the text passed over; the part is compared again at every near match.
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    context.charge(at - unit + part.length)
    for (; unit < at; unit++) if (text.charCodeAt(unit) >> 10 !== 0x37) character++
    found.push(regoNumber(character))
  }
  context.charge(text.length - unit)
  return regoArray(found)
}

/** `strings.split_n(text, delimiter, n)`: the first `n` parts, or the last `-n`. */
export const splitN: Builtin = ([textValue, delimiterValue, countValue], context) => {
  const text = asString(textValue)
  const delimiter = asString(delimiterValue)
  const count = asInt64(countValue)
  if (text === undefined || delimiter === undefined || count === undefined) return undefined
  context.charge(text.length)
  const parts = delimiter === '' ? Array.from(text) : text.split(delimiter)
  const limit = Number(count)
  return regoArray(limit >= 0 ? parts.slice(0, limit) : parts.slice(limit))
}

/** `glob.quote_meta(pattern)`. */
export const globQuoteMeta: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  context.charge(text.length)
  return text.replace(/[*?\\[\]{}]/g, '\\$&')
}
