import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Files below a directory whose path from there is accepted, sorted by code unit, each with the directory before it. Links
 * are followed, and a directory is read once however many lead to it. Directories that begin with a dot are left out, as
 * are links to nowhere, unless accepted.
 *
 * @throws the system's error, with its `code` and `path`, for a directory that cannot be read: it may hold anything.
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
      if (await leadsToDirectory(join(directory, path), entry)) {
        if (!entry.name.startsWith('.')) await visit(path)
      } else if (accepts(path)) found.push(join(directory, path))
    }
  }
  await visit('')
  return found.toSorted()
}

async function leadsToDirectory(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    // A link to nowhere, or to itself.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return false
    throw error
  }
}
