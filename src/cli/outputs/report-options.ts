// What the commands that end in a report have in common.
import type { ValidationAction } from '../../bundle/bundle.ts'
import type { Verdict } from '../../report/report.ts'
import type { TextOptions } from '../../report/text.ts'
import type { Arguments, OptionSpec } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { DEFAULT_BUNDLE } from '../build/open-bundle.ts'
import { REPORT_FORMATS } from './report-outputs.ts'
import { UsageError } from '../usage-error.ts'

const FAIL_ON: Readonly<Record<string, ValidationAction>> = {
  deny: 'Deny',
  warn: 'Warn',
  audit: 'Audit',
}

export const REPORT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'bundle',
    value: 'FILE|DIR',
    summary: `the bundle to judge by; a folder is compiled in memory (default: the package's own, ${DEFAULT_BUNDLE})`,
  },
  {
    name: 'output',
    short: 'o',
    value: 'FORMAT[=FILE]',
    default: 'text',
    repeatable: true,
    summary: `${REPORT_FORMATS}; to stdout where no file is named`,
  },
  {
    name: 'fail-on',
    value: 'ACTION',
    choices: Object.keys(FAIL_ON),
    default: 'deny',
    summary: 'the mildest finding that ends in exit code 1: deny, warn or audit',
  },
  {
    name: 'quiet',
    short: 'q',
    summary: 'as text: only what fails, and no line of sums',
  },
  {
    name: 'verbose',
    short: 'v',
    summary: 'as text: also which bindings judged each object, and why the others did not',
  },
]

export function failOnOf(args: Arguments): ValidationAction {
  return FAIL_ON[args.value('fail-on') ?? ''] ?? 'Deny'
}

/** @throws {UsageError} for options that exclude each other. */
export function detailOf(args: Arguments): TextOptions['detail'] {
  if (args.flag('quiet') && args.flag('verbose')) {
    throw new UsageError('`--quiet` and `--verbose` exclude each other')
  }
  return args.flag('quiet') ? 'quiet' : args.flag('verbose') ? 'verbose' : 'normal'
}

export const VERDICT_EXITS: Readonly<Record<Verdict, ExitCode>> = {
  clean: EXIT.clean,
  violations: EXIT.violations,
  failed: EXIT.failed,
}
