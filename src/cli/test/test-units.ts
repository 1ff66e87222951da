// What a change of Rego can reach. A unit is a folder; it depends on those whose packages its text mentions, and on all where it
// mentions `data` as a whole.
import type { SourceFile } from '../../source/source-file.ts'
import { pathBelow } from '../path-below.ts'

export interface TestUnit {
  /** The first part of the paths below the directory; empty for files at its top. */
  readonly name: string
  readonly files: readonly SourceFile[]
  readonly packages: readonly string[]
  /** Its files and those of all units that it depends on, by path. */
  readonly closure: readonly SourceFile[]
}

export function unitsOf(directory: string, rego: readonly SourceFile[]): readonly TestUnit[] {
  const folders = new Map<string, Folder>()
  for (const file of rego) {
    const [name = '', ...rest] = pathBelow(directory, file.path).split('/')
    const key = rest.length === 0 ? '' : name
    const folder = folders.get(key) ?? { files: [], packages: [], mentions: [], mentionsAll: false }
    folders.set(key, folder)
    folder.files.push(file)
    readMentions(file.text, folder)
  }
  return [...folders].map(([name, folder]) => {
    const reached = new Set([folder])
    // A set that grows while it is gone through.
    for (const each of reached) {
      for (const other of folders.values()) if (dependsOn(each, other)) reached.add(other)
    }
    const closure = [...reached].flatMap(({ files }) => files)
    return {
      name,
      files: folder.files,
      packages: folder.packages.map((each) => each.slice(0, -1)),
      closure: closure.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    }
  })
}

interface Folder {
  readonly files: SourceFile[]
  readonly packages: string[]
  readonly mentions: string[]
  mentionsAll: boolean
}

function readMentions(text: string, folder: Folder): void {
  // Comments mention nothing; what follows `#` on a line may be in a string.
  const code = text.replaceAll(/^[ \t]*#.*$/gm, '')
  for (const [, name = ''] of code.matchAll(/^[ \t]*package[ \t]+([\w.]+)/gm)) {
    folder.packages.push(`${name}.`)
  }
  for (const [, path = ''] of code.matchAll(/\bdata((?:\.[A-Za-z_]\w*)*)/g)) {
    if (path === '') folder.mentionsAll = true
    else folder.mentions.push(`${path.slice(1)}.`)
  }
}

function dependsOn(folder: Folder, other: Folder): boolean {
  if (folder.mentionsAll) return true
  return other.packages.some(
    (name) =>
      folder.packages.includes(name) ||
      folder.mentions.some((each) => each.startsWith(name) || name.startsWith(each)),
  )
}
