import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
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
export async function walk(
  directory: string,
  accepts: (path: string) => boolean,
): Promise<readonly string[]> {
  const found: string[] = []
  const visited = new Set<string>()
  const visit = async (below: string): Promise<void> => {
    const here = join(directory, below)
    const real = await realpath(here)
    if (visited.has(real)) return
    visited.add(real)
    const entries = await readdir(here, { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(below, entry.name)
      const kind = await kindAt(join(directory, path), entry)
      if (kind === 'directory') {
        if (!entry.name.startsWith('.')) await visit(path)
      } else if (accepts(path)) {
        if (kind === 'other') throw systemError('EFTYPE', join(directory, path))
        found.push(join(directory, path))
      }
    }
  }
  await visit('')
  return found.toSorted()
}

/** Of what a link leads to; one to nowhere, or to itself, is taken for a file, which is missed when it is read. */
async function kindAt(path: string, entry: Dirent): Promise<FileKind> {
  if (!entry.isSymbolicLink()) return kindOf(entry)
  try {
    return kindOf(await stat(path))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? '')) return 'file'
    throw error
  }
}
