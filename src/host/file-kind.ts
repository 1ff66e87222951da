import type { Dirent, Stats } from 'node:fs'

export type FileKind = 'file' | 'directory' | 'other'

export function kindOf(found: Dirent | Stats): FileKind {
  if (found.isFile()) return 'file'
  return found.isDirectory() ? 'directory' : 'other'
}
