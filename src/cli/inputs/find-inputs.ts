// Which files `check` is to judge, of those that its operands name.
import type { Host } from '../../host/host.ts'
import type { Arguments, OptionSpec } from '../command.ts'
import { ignorePaths } from './ignore-paths.ts'
import { expandOperands } from './expand-operands.ts'
import { InputError, UsageError } from '../usage-error.ts'

export const INPUT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'ignore',
    value: 'GLOB',
    repeatable: true,
    summary:
      'leave out files and directories of this name, or with a slash in it of this path from its beginning',
  },
  {
    name: 'changed-since',
    value: 'REV',
    summary:
      'judge only files that differ from where HEAD left this revision of git, or that git does not track',
  },
]

export interface FoundInputs {
  /** Files to judge, `-` for standard input. */
  readonly judged: readonly string[]
  /** Files that are as they were: only the Namespaces among their objects count. */
  readonly unchanged: readonly string[]
}

/** @throws {InputError} for an operand that fits no file, where nothing is left to judge, and where git cannot tell. */
export async function findInputs(args: Arguments, host: Host): Promise<FoundInputs> {
  if (args.positionals.length === 0) {
    throw new UsageError('nothing to check: give files, directories, globs or `-`')
  }
  const isIgnored = await ignorePaths(args.values('ignore'))
  const all = await expandOperands(args.positionals, host)
  const paths = all.filter((path) => path === '-' || !isIgnored(path))
  if (paths.length === 0) {
    throw new InputError(`nothing to check: \`--ignore\` leaves out all ${all.length} files`)
  }
  const revision = args.value('changed-since')
  if (revision === undefined) return { judged: paths, unchanged: [] }
  const { unchangedSince } = await import('../../host/git.ts')
  const isUnchanged = await unchangedSince(revision)
  const judged: string[] = []
  const unchanged: string[] = []
  for (const path of paths) {
    const same = path !== '-' && (await isUnchanged(path))
    ;(same ? unchanged : judged).push(path)
  }
  return { judged, unchanged }
}
