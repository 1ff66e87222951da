// A value inside a file, and the labels that point at it.
import type { Label } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { locate } from '../yaml/locate.ts'
import type { YamlNode } from '../yaml/yaml-node.ts'

export type Path = readonly (string | number)[]

/** A value in a file: `path` leads from `root` to it. */
export interface Place {
  readonly file: SourceFile
  readonly root: YamlNode
  readonly path: Path
}

/** The label at a path below a place. */
export function labelAt(place: Place, path: Path = [], text?: string): Label {
  const { span } = locate(place.root, [...place.path, ...path])
  return { file: place.file, span, ...(text === undefined ? {} : { text }) }
}

/** The label at a key of the map at a path below a place. */
export function labelAtKey(place: Place, path: Path, key: string, text?: string): Label {
  const child = nodeAt(place.root, [...place.path, ...path])?.entries?.get(key)
  if (child?.keySpan === undefined) return labelAt(place, [...path, key], text)
  return { file: place.file, span: child.keySpan, ...(text === undefined ? {} : { text }) }
}

/** `spec.bindings[0].match`; keys that are no identifiers in quotes. */
export function formatPath(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_$][-\w$]*$/.test(part)) text += text === '' ? part : `.${part}`
    else text += `[${JSON.stringify(part)}]`
  }
  return text
}

export function nodeAt(root: YamlNode, path: Path): YamlNode | undefined {
  let node: YamlNode | undefined = root
  for (const part of path) {
    node = typeof part === 'number' ? node?.items?.[part] : node?.entries?.get(part)
  }
  return node
}
