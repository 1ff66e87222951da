// The shape of a command: what it takes, said once, from which parsing and --help both come.
import type { Host } from '../host/host.ts'
import type { ExitCode } from './exit-code.ts'

export interface OptionSpec {
  readonly name: string
  readonly short?: string
  /** Absent for a flag that takes no value. */
  readonly value?: string
  /** Where only these are allowed. */
  readonly choices?: readonly string[]
  readonly default?: string
  /** May be given several times. */
  readonly repeatable?: true
  /** One line, for --help. */
  readonly summary: string
}

export interface Arguments {
  readonly positionals: readonly string[]
  /** The value given, else the default. */
  readonly value: (name: string) => string | undefined
  /** All values given of an option that may be given several times, else the default. */
  readonly values: (name: string) => readonly string[]
  readonly flag: (name: string) => boolean
}

/** What a repository's defaults say for a command: values by the name of the option. */
export type Defaults = ReadonlyMap<string, readonly string[]>

export interface Command {
  readonly name: string
  readonly summary: string
  /** What stands after the name, `FILE|DIR|GLOB|- ...`. */
  readonly operands: string
  readonly maxOperands: number
  readonly options: readonly OptionSpec[]
  readonly examples: readonly (readonly [command: string, meaning: string])[]
  /** Every code that it can end with. */
  readonly exitCodes: readonly (readonly [code: ExitCode, meaning: string])[]
  readonly run: (args: Arguments, host: Host) => Promise<ExitCode>
}
