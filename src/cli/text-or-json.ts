import type { OptionSpec } from './command.ts'

/** `-o text|json`, of the commands that print for a person or for a program. */
export const TEXT_OR_JSON: OptionSpec = {
  name: 'output',
  short: 'o',
  value: 'FORMAT',
  choices: ['text', 'json'],
  default: 'text',
  summary: 'what goes to stdout: text or json',
}
