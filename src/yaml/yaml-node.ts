// What a document is read into: data with places.
import type { Span } from '../source/source-file.ts'

/** A scalar as JSON will have it; a bigint is an integer that a JS number cannot hold exactly. */
export type ScalarValue = null | boolean | number | bigint | string

export interface YamlNode {
  readonly kind: 'map' | 'list' | 'scalar'
  /** The text of the value, quotes and brackets included; where an alias stands, that of the anchored value. */
  readonly span: Span
  /** The key under which the node lies in its map. */
  readonly keySpan?: Span | undefined
  /** Of a map, in the order of the text; keys as JSON will have them. */
  readonly entries?: ReadonlyMap<string, YamlNode> | undefined
  readonly items?: readonly YamlNode[] | undefined
  readonly scalar?: ScalarValue | undefined
}

// Nodes are of one shape, whatever made them: where a second turns up, V8 throws away the code that it has optimized for the first.

export function mapNode(
  span: Span,
  keySpan: Span | undefined,
  entries: ReadonlyMap<string, YamlNode>,
): YamlNode {
  return { kind: 'map', span, keySpan, entries, items: undefined, scalar: undefined }
}

export function listNode(
  span: Span,
  keySpan: Span | undefined,
  items: readonly YamlNode[],
): YamlNode {
  return { kind: 'list', span, keySpan, entries: undefined, items, scalar: undefined }
}

export function scalarNode(span: Span, keySpan: Span | undefined, scalar: ScalarValue): YamlNode {
  return { kind: 'scalar', span, keySpan, entries: undefined, items: undefined, scalar }
}

export interface YamlDocument {
  /** Counts from 0, documents that could not be read included. */
  readonly index: number
  /** Plain JSON data, made on first use; integers past 2^53 are rounded here and exact in its JSON. */
  readonly value: unknown
  /** Absent in a document without content. */
  readonly root: YamlNode | undefined
  readonly span: Span
}

/** Returns a map with some entries set, or removed where undefined is given; places stay those of the map. */
export function withEntries(
  map: YamlNode,
  changes: Readonly<Record<string, string | YamlNode | undefined>>,
): YamlNode {
  const entries = new Map(map.entries)
  for (const [key, change] of Object.entries(changes)) {
    if (change === undefined) entries.delete(key)
    else if (typeof change !== 'string') entries.set(key, change)
    else entries.set(key, scalarNode(map.span, map.keySpan, change))
  }
  return mapNode(map.span, map.keySpan, entries)
}

/** Returns the node as plain data, `__proto__` being a key like any other. */
export function toValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'map': {
      const value: Record<string, unknown> = {}
      for (const [key, child] of node.entries ?? []) {
        if (key === '__proto__') {
          Object.defineProperty(value, key, {
            value: toValue(child),
            configurable: true,
            enumerable: true,
            writable: true,
          })
        } else value[key] = toValue(child)
      }
      return value
    }
    case 'list':
      return (node.items ?? []).map(toValue)
    case 'scalar':
      return typeof node.scalar === 'bigint' ? Number(node.scalar) : (node.scalar ?? null)
  }
}
