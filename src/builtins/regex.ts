// The `regex.*` built-ins, with Go's regexp as their measure.

import type { Builtin, BuiltinContext } from './builtin.ts'
import { asInt64, asString } from './operands.ts'
import { regoArray } from './rego-value.ts'
import { compileRegex, type Regex } from './regex-cache.ts'
import { findAll, type Captures } from './regex-machine.ts'

/** `regex.is_valid(pattern)`: false for what is no text, too. */
export const regexIsValid: Builtin = (args, context) => {
  const pattern = asString(args[0])
  return pattern !== undefined && compileRegex(pattern, context.regexes) !== undefined
}

/** `regex.match(pattern, value)`: whether a part of the value matches. */
export const regexMatch: Builtin = (args, context) => {
  const operands = readOperands(args[0], args[1], context)
  return operands === undefined
    ? undefined
    : operands.regex.automaton.matches(operands.text, context.regexes)
}

/** `regex.find_all_string_submatch_n(pattern, value, number)`: each match with its groups, empty where one took no part. */
export const regexFindAllStringSubmatchN: Builtin = (args, context) => {
  const operands = readOperands(args[0], args[1], context)
  const most = asInt64(args[2])
  if (operands === undefined || most === undefined) return undefined
  const { regex, text } = operands
  const found = findAll(regex, text, Number(most), context.charge, regex.slots)
  return regoArray(
    found.map((captures) => {
      context.charge(captures.length)
      return regoArray(
        Array.from({ length: captures.length / 2 }, (_, group) => groupText(text, captures, group)),
      )
    }),
  )
}

/** `regex.split(pattern, value)`. */
export const regexSplit: Builtin = (args, context) => {
  const operands = readOperands(args[0], args[1], context)
  if (operands === undefined) return undefined
  const { regex, text } = operands
  if (text === '' && args[0] !== '') return regoArray([''])
  const parts: string[] = []
  let start = 0
  let end = 0
  for (const captures of findAll(regex, text, -1, context.charge)) {
    end = captures[0]!
    if (captures[1] !== 0) parts.push(text.slice(start, end))
    start = captures[1]!
  }
  if (end !== text.length) parts.push(text.slice(start))
  return regoArray(parts)
}

/** `regex.find_n(pattern, value, number)`. */
export const regexFindN: Builtin = (args, context) => {
  const operands = readOperands(args[0], args[1], context)
  const most = asInt64(args[2])
  if (operands === undefined || most === undefined) return undefined
  const { regex, text } = operands
  const found = findAll(regex, text, Number(most), context.charge)
  return regoArray(found.map((captures) => text.slice(captures[0], captures[1])))
}

/** `regex.replace(value, pattern, replacement)`; `$1` and `${name}` in the replacement are groups. */
export const regexReplace: Builtin = (args, context) => {
  const operands = readOperands(args[1], args[0], context)
  const replacement = asString(args[2])
  if (operands === undefined || replacement === undefined) return undefined
  const { regex, text } = operands
  const template = parseTemplate(replacement)
  const parts: string[] = []
  let end = 0
  for (const captures of findAll(regex, text, -1, context.charge, regex.slots)) {
    const expanded = expand(template, regex, text, captures)
    context.charge(expanded.length + replacement.length)
    parts.push(text.slice(end, captures[0]), expanded)
    end = captures[1]!
  }
  parts.push(text.slice(end))
  return parts.join('')
}

/** `regex.template_match(template, value, start, end)`: patterns between delimiters, the rest literal. */
export const regexTemplateMatch: Builtin = (args, context) => {
  const [template, text, opening, closing] = args.map(asString)
  if (template === undefined || text === undefined) return undefined
  if (opening === undefined || closing === undefined) return undefined
  // One byte each, in Go.
  if (!/^[\0-\x7f]$/.test(opening) || !/^[\0-\x7f]$/.test(closing)) return undefined
  const pieces = splitTemplate(template, opening, closing)
  if (pieces === undefined) return undefined
  const isValid = (piece: string): boolean =>
    compileRegex(`^${piece}$`, context.regexes) !== undefined
  if (!pieces.every((piece, index) => index % 2 === 0 || isValid(piece))) return undefined
  const pattern = pieces.map((piece, index) =>
    index % 2 === 0 ? piece.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&') : `(${piece})`,
  )
  return compileRegex(`^${pattern.join('')}$`, context.regexes)?.automaton.matches(
    text,
    context.regexes,
  )
}

/** Literals at even places, patterns at odd ones; undefined when delimiters are not balanced. */
function splitTemplate(template: string, opening: string, closing: string): string[] | undefined {
  const pieces: string[] = []
  let level = 0
  let literalStart = 0
  let patternStart = 0
  for (let index = 0; index < template.length; index++) {
    if (template[index] === opening) {
      if (++level === 1) patternStart = index
    } else if (template[index] === closing) {
      level--
      if (level < 0) return undefined
      if (level > 0) continue
      pieces.push(
        template.slice(literalStart, patternStart),
        template.slice(patternStart + 1, index),
      )
      literalStart = index + 1
    }
  }
  return level === 0 ? [...pieces, template.slice(literalStart)] : undefined
}

function readOperands(
  pattern: Parameters<typeof asString>[0],
  value: Parameters<typeof asString>[0],
  context: BuiltinContext,
): { regex: Regex; text: string } | undefined {
  const text = asString(value)
  if (typeof pattern !== 'string' || text === undefined) return undefined
  const regex = compileRegex(pattern, context.regexes)
  return regex === undefined ? undefined : { regex, text }
}

type TemplatePart = string | { readonly group: number | string }

const REFERENCE = /^(?:([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/u

/** Go's templates: `$name` is as long as it can be, `$$` a dollar, anything else after `$` is literal. */
function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = []
  let rest = template
  for (let dollar = rest.indexOf('$'); dollar >= 0; dollar = rest.indexOf('$')) {
    parts.push(rest.slice(0, dollar))
    rest = rest.slice(dollar + 1)
    const reference = REFERENCE.exec(rest)
    if (rest.startsWith('$')) {
      parts.push('$')
      rest = rest.slice(1)
    } else if (reference === null) {
      parts.push('$')
    } else {
      const name = reference[1] ?? reference[2]!
      parts.push({ group: /^(?:0|[1-9]\d{0,8})$/.test(name) ? Number(name) : name })
      rest = rest.slice(reference[0].length)
    }
  }
  parts.push(rest)
  return parts
}

function expand(
  template: readonly TemplatePart[],
  regex: Regex,
  text: string,
  captures: Captures,
): string {
  const textOf = (part: TemplatePart): string => {
    if (typeof part === 'string') return part
    const { group } = part
    const named = Object.hasOwn(regex.groupNames, group) ? regex.groupNames[group] : undefined
    const index = typeof group === 'number' ? group : named
    return index === undefined ? '' : groupText(text, captures, index)
  }
  return template.map(textOf).join('')
}

/** Empty for a group that took no part, or is none. */
function groupText(text: string, captures: Captures, group: number): string {
  const start = captures[2 * group] ?? -1
  return start < 0 ? '' : text.slice(start, captures[2 * group + 1])
}
