// What git knows of files: which are as they were. Asked of the program itself, whose notion of a change is the user's.
import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { AppError } from '../errors.ts'

/** Git cannot answer: there is none, no repository, or no such revision. */
export class GitError extends AppError<'GIT'> {
  constructor(message: string, options?: ErrorOptions) {
    super('GIT', message, options)
  }
}

/**
 * Returns a function that says whether a file is as it was where the history of HEAD left that of a revision. Only a file
 * that git tracks, and does not find changed in the working tree, is: of whatever else there is, ignored files, submodules,
 * files outside the repository, nobody can tell.
 *
 * @throws {GitError}
 */
export async function unchangedSince(
  revision: string,
): Promise<(path: string) => Promise<boolean>> {
  const top = (
    await git(['rev-parse', '--show-toplevel'], 'no working tree of git is here')
  ).replace(/\r?\n$/, '')
  // An option to git, not a revision.
  if (revision.startsWith('-')) throw unknownRevision(revision)
  const commit = await git(
    ['rev-parse', '--quiet', '--verify', `${revision}^{commit}`],
    unknownRevision(revision).message,
  )
  const base = await git(
    ['merge-base', commit.trim(), 'HEAD'],
    `\`${revision}\` and HEAD have no commit in common; a shallow clone may lack it`,
  )
  const trouble = 'git cannot tell which files changed'
  const diff = ['diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', '--no-relative']
  const changed = await list([...diff, '--ignore-submodules=none', base.trim(), '--'], trouble, top)
  const listed = await list(['ls-files', '-z', '-v', '--full-name'], trouble, top)
  // `H`: without a flag that tells git not to look.
  const tracked = listed.filter((each) => each.startsWith('H ')).map((each) => each.slice(2))
  const moved = new Set(changed.map((each) => join(top, each)))
  const same = new Set(tracked.map((each) => join(top, each)).filter((each) => !moved.has(each)))
  return async (path) => {
    const written = resolve(path)
    // A link that changed changes what lies behind it.
    const here = join(await realpath(dirname(written)), basename(written))
    if (ancestors(written).some((each) => moved.has(each))) return false
    return same.has(here) && same.has(await realpath(written))
  }
}

function ancestors(path: string): readonly string[] {
  const parts = path.split(sep)
  return parts.map((_, index) => parts.slice(0, index + 1).join(sep))
}

function unknownRevision(revision: string): GitError {
  return new GitError(`git knows no commit \`${revision}\``)
}

async function list(args: readonly string[], trouble: string, cwd: string): Promise<string[]> {
  return (await git(args, trouble, cwd)).split('\0').filter((each) => each !== '')
}

function git(args: readonly string[], trouble: string, cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: Number.POSITIVE_INFINITY, ...(cwd === undefined ? {} : { cwd }) }
    execFile('git', [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new GitError(reasonOf(error, trouble, stderr), { cause: error }))
    })
  })
}

function reasonOf(error: Error, trouble: string, stderr: string): string {
  if ('code' in error && error.code === 'ENOENT') return '`git` is not installed'
  const said = stderr.trim().replace(/^fatal: /, '')
  return said === '' ? trouble : `${trouble}: ${said}`
}
