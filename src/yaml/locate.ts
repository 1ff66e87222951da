import type { Span } from '../source/source-file.ts'
import type { YamlNode } from './yaml-node.ts'

export interface Location {
  readonly span: Span
  /** False where the path leads nowhere and the span is that of what should have held it. */
  readonly exact: boolean
}

/**
 * Returns the place to show for a path: the value there (of a map or list its key, of a list item its first token), or
 * where the path ends early the key of the deepest ancestor that exists.
 */
export function locate(root: YamlNode, path: readonly (string | number)[]): Location {
  let node = root
  for (const step of path) {
    const child = childOf(node, step)
    if (child === undefined) return { span: holderSpan(node), exact: false }
    node = child
  }
  return { span: node.kind === 'scalar' ? node.span : holderSpan(node), exact: true }
}

function childOf(node: YamlNode, step: string | number): YamlNode | undefined {
  switch (node.kind) {
    case 'map':
      return node.entries?.get(String(step))
    case 'list': {
      // A policy may hold an index as a string; `1e0` and `01` are none.
      const index = typeof step === 'number' || /^(?:0|[1-9][0-9]*)$/.test(step) ? Number(step) : -1
      return node.items?.[index]
    }
    case 'scalar':
      return undefined
  }
}

function holderSpan(node: YamlNode): Span {
  return node.keySpan ?? firstToken(node)
}

/** The key, the scalar, or the bracket or dash with which a node begins. */
function firstToken(node: YamlNode): Span {
  const { start, end } = node.span
  if (node.kind === 'scalar') return node.span
  for (const child of node.entries?.values() ?? []) {
    if (child.keySpan?.start === start) return child.keySpan
  }
  return { start, end: Math.min(start + 1, end) }
}
