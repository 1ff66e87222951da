import type { Command, OptionSpec } from './command.ts'
import { allOptions } from './parse-arguments.ts'

/** The text of `portcullis --help`. */
export function renderOverview(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map((command) => command.name.length))
  return [
    `portcullis ${version}`,
    'Rego policies, compiled to WebAssembly, at the gate of a Kubernetes cluster.',
    '',
    'Usage: portcullis COMMAND [OPTION ...]',
    '',
    'Commands:',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'Exit codes: 0 clean, 1 violations, 2 the job could not be done, 3 a bug of ours.',
    '`portcullis COMMAND --help` tells the options of a command, and what else it can end with.',
    '',
  ].join('\n')
}

/** The text of `portcullis COMMAND --help`. */
export function renderHelp(command: Command): string {
  const options = allOptions(command).map(
    (option) => [optionUsage(option), optionText(option)] as const,
  )
  const width = Math.max(...options.map(([usage]) => usage.length))
  return [
    `Usage: portcullis ${command.name} [OPTION ...] ${command.operands}`.trimEnd(),
    '',
    command.summary,
    '',
    'Options:',
    ...options.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  ${line}`]),
    '',
    'Exit codes:',
    ...command.exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`),
    '',
  ].join('\n')
}

/** The text for somebody who calls the command line by another name, `kubectl portcullis`. */
export function calledAs(program: string, text: string): string {
  return text.replaceAll(/(?<=^|[\s`])portcullis(?= (?:[a-z]+\b|COMMAND|--))/gm, program)
}

function optionUsage({ name, short, value }: OptionSpec): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`
  return short === undefined ? `    ${long}` : `-${short}, ${long}`
}

function optionText(option: OptionSpec): string {
  const summary = option.repeatable === true ? `${option.summary}; repeatable` : option.summary
  return option.default === undefined ? summary : `${summary} (default: ${option.default})`
}
