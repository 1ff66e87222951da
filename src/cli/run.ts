import { AppError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { audit } from './audit/audit.ts'
import { bench } from './bench/bench.ts'
import { build } from './build/build.ts'
import { certs } from './certs/certs.ts'
import { check } from './check/check.ts'
import type { Command } from './command.ts'
import { completionOf } from './completion/completion.ts'
import { defaultableOptions } from './defaults/defaults-schema.ts'
import { diff } from './diff/diff.ts'
import { doc } from './doc/doc.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts'
import { explain } from './explain/explain.ts'
import { findDefaults } from './defaults/find-defaults.ts'
import { fmt } from './fmt/fmt.ts'
import { calledAs, renderHelp, renderOverview } from './help.ts'
import { init } from './init/init.ts'
import { inspect } from './inspect/inspect.ts'
import { lint } from './lint/lint.ts'
import { manifests } from './manifests/manifests.ts'
import { packageVersion } from './package-file.ts'
import { didYouMean, parseArguments } from './parse-arguments.ts'
import { serve } from './serve/serve.ts'
import { test } from './test/test.ts'
import { UsageError } from './usage-error.ts'
import { writeDiagnostics } from './write-diagnostics.ts'
import { writeError } from './write-error.ts'

export const COMMANDS: readonly Command[] = [
  check,
  audit,
  serve,
  build,
  inspect,
  lint,
  test,
  explain,
  init,
  fmt,
  doc,
  diff,
  bench,
  certs,
  manifests,
  completionOf(() => COMMANDS),
]

/**
 * Runs one command line and returns its exit code; whatever goes wrong ends in one line on stderr. `program` is what the user
 * calls it.
 */
export async function run(
  argv: readonly string[],
  host: Host,
  program = 'portcullis',
): Promise<ExitCode> {
  try {
    return await dispatch(argv, host, program)
  } catch (error) {
    if (error instanceof UsageError) {
      await writeError(new UsageError(calledAs(program, error.message)), host)
      return EXIT.failed
    }
    if (error instanceof AppError) {
      await writeError(error, host)
      return exitCodeOf(error)
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    await host.stderr.write(`portcullis: a bug of ours, please report it: ${text}\n`)
    return EXIT.internal
  }
}

async function dispatch(argv: readonly string[], host: Host, program: string): Promise<ExitCode> {
  const [name, ...rest] = argv
  if (name === '--version' || name === '-V') {
    await host.stdout.write(`${await packageVersion(host.files)}\n`)
    return EXIT.clean
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const overview = renderOverview(COMMANDS, await packageVersion(host.files))
    await host.stdout.write(calledAs(program, overview))
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
  const takesDefaults = defaultableOptions(command).length > 0 && !args.flag('no-defaults')
  const path = takesDefaults ? await findDefaults(host) : undefined
  if (args.flag('help')) {
    await host.stdout.write(calledAs(program, renderHelp(command)))
    if (path !== undefined) await host.stdout.write(`\nDefaults of this folder: ${path}\n`)
    return EXIT.clean
  }
  if (path === undefined) return command.run(args, host)
  const { readDefaults } = await import('./defaults/read-defaults.ts')
  const { defaults, diagnostics } = await readDefaults(path, command, COMMANDS, host)
  await writeDiagnostics(diagnostics, host)
  return defaults === undefined
    ? EXIT.failed
    : command.run(parseArguments(command, rest, defaults), host)
}
