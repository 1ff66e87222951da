import { parseArgs } from 'node:util'
import { nearest } from '../diagnostic/suggest.ts'
import type { Arguments, Command, Defaults, OptionSpec } from './command.ts'
import { defaultableOptions, DEFAULTS_FILE } from './defaults/defaults-schema.ts'
import { UsageError } from './usage-error.ts'

const HELP: OptionSpec = { name: 'help', short: 'h', summary: 'show this help' }

const NO_DEFAULTS: OptionSpec = {
  name: 'no-defaults',
  summary: `leave ${DEFAULTS_FILE} unread`,
}

/** The options of a command with those that every command has. */
export function allOptions(command: Command): readonly OptionSpec[] {
  const takesDefaults = defaultableOptions(command).length > 0
  return [...command.options, ...(takesDefaults ? [NO_DEFAULTS] : []), HELP]
}

/**
 * `defaults` stand between what is given and the options' own.
 *
 * @throws {UsageError} for an option that is unknown, repeated, lacks its value or has a wrong one.
 */
export function parseArguments(
  command: Command,
  argv: readonly string[],
  defaults: Defaults = new Map(),
): Arguments {
  const options = allOptions(command)
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      options.map(({ name, short, value }) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) },
      ]),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const flags = new Set<string>()
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const option = options.find((each) => each.name === token.name)
    if (option === undefined) throw unknownOption(command, options, token.rawName, token.name)
    const isTwice = flags.has(option.name) || given.has(option.name)
    if (isTwice && option.repeatable !== true) {
      throw new UsageError(`\`--${option.name}\` is given twice`)
    }
    const value = checkValue(option, token.rawName, token.value)
    if (value === true) flags.add(option.name)
    else given.set(option.name, [...(given.get(option.name) ?? []), value])
  }
  if (positionals.length > command.maxOperands) {
    const extra = positionals[command.maxOperands] ?? ''
    throw new UsageError(`\`portcullis ${command.name}\` has no use for \`${extra}\``)
  }
  const values = (name: string): readonly string[] => {
    const otherwise = options.find((each) => each.name === name)?.default
    return given.get(name) ?? defaults.get(name) ?? (otherwise === undefined ? [] : [otherwise])
  }
  return {
    positionals,
    value: (name) => values(name)[0],
    values,
    flag: (name) => flags.has(name),
  }
}

function checkValue(option: OptionSpec, rawName: string, value: string | undefined): string | true {
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`\`${rawName}\` takes no value, got \`${value}\``)
    return true
  }
  if (value === undefined || value === '') {
    throw new UsageError(`\`${rawName}\` needs a value: ${rawName} ${option.value}`)
  }
  return option.choices === undefined ? value : expectChoice(rawName, value, option.choices)
}

/** @throws {UsageError} for a value that is none of the choices. */
export function expectChoice<const Choice extends string>(
  name: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((each) => each === value)
  if (choice !== undefined) return choice
  throw new UsageError(
    `\`${name}\` takes ${listOf(choices)}, got \`${value}\`${didYouMean(value, choices)}`,
  )
}

function unknownOption(
  command: Command,
  options: readonly OptionSpec[],
  rawName: string,
  name: string,
): UsageError {
  const near = nearest(
    name,
    options.map((each) => each.name),
  )
  const cure =
    near === undefined ? `see \`portcullis ${command.name} --help\`` : `did you mean \`--${near}\`?`
  return new UsageError(`\`portcullis ${command.name}\` has no option \`${rawName}\`: ${cure}`)
}

/** `, did you mean …?`, or nothing where nothing is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates)
  return near === undefined ? '' : `, did you mean \`${near}\`?`
}

function listOf(choices: readonly string[]): string {
  return choices.map((choice) => `\`${choice}\``).join(' or ')
}
