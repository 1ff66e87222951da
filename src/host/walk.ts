import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { type FileKind, kindOf } from './file-kind.ts'
import { errorCode, systemError } from './system-error.ts'

/**
 * Files below a directory whose path from there is accepted, sorted by code unit, each with the directory before it. Links
 * are followed, and a directory is read once however many lead to it. Directories that begin with a dot are left out, as
 * are links to nowhere, unless accepted.
 *
 * @throws the system's error, with its `code` and `path`, for a directory that cannot be read: it may hold anything. One like it,
 * `EFTYPE`, for what is accepted and no file, as a pipe, which whoever reads it would wait for.
 */
export function walk(directory: string, accepts: (path: string) => boolean): readonly string[] {
  const found: string[] = []
  const visited = new Set<string>()
  const visit = (here: string, below: string): void => {
    const real = realpathSync.native(here)
    if (visited.has(real)) return
    visited.add(real)
    for (const entry of readdirSync(here, { withFileTypes: true }).toSorted(byName)) {
      const path = join(here, entry.name)
      const fromTop = `${below}${entry.name}`
      const kind = kindAt(path, entry)
      if (kind === 'directory') {
        if (!entry.name.startsWith('.')) visit(path, `${fromTop}${sep}`)
      } else if (accepts(fromTop)) {
        if (kind === 'other') throw systemError('EFTYPE', path)
        found.push(path)
      }
    }
  }
  // Normalized, as every path below it is.
  visit(join(directory), '')
  return found.toSorted()
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1
}

/** Of what a link leads to; one to nowhere, or to itself, is taken for a file, which is missed when it is read. */
function kindAt(path: string, entry: Dirent): FileKind {
  if (!entry.isSymbolicLink()) return kindOf(entry)
  try {
    return kindOf(statSync(path))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? '')) return 'file'
    throw error
  }
}
