import { AppError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { build } from './build.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts'
import { renderHelp, renderOverview } from './help.ts'
import { inspect } from './inspect.ts'
import { packageVersion } from './package-file.ts'
import { didYouMean, parseArguments } from './parse-arguments.ts'
import { serve } from './serve.ts'
import { UsageError } from './usage-error.ts'
import { writeError } from './write-error.ts'

export const COMMANDS: readonly Command[] = [check, serve, build, inspect]

/** Runs one command line and returns its exit code; whatever goes wrong ends in one line on stderr. */
export async function run(argv: readonly string[], host: Host): Promise<ExitCode> {
  try {
    return await dispatch(argv, host)
  } catch (error) {
    if (error instanceof AppError) {
      await writeError(error, host)
      return exitCodeOf(error)
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    await host.stderr.write(`portcullis: a bug of ours, please report it: ${text}\n`)
    return EXIT.internal
  }
}

async function dispatch(argv: readonly string[], host: Host): Promise<ExitCode> {
  const [name, ...rest] = argv
  if (name === '--version' || name === '-V') {
    await host.stdout.write(`${await packageVersion(host.files)}\n`)
    return EXIT.clean
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    await host.stdout.write(renderOverview(COMMANDS, await packageVersion(host.files)))
    return EXIT.clean
  }
  if (name === undefined) throw new UsageError('a command is missing, see `portcullis --help`')
  const command = COMMANDS.find((each) => each.name === name)
  if (command === undefined) {
    const names = COMMANDS.map((each) => each.name)
    const cure = didYouMean(name, names) || ', see `portcullis --help`'
    throw new UsageError(`there is no command \`${name}\`${cure}`)
  }
  const args = parseArguments(command, rest)
  if (args.flag('help')) {
    await host.stdout.write(renderHelp(command))
    return EXIT.clean
  }
  return command.run(args, host)
}
