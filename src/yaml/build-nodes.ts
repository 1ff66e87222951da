// Turns the parser's events into nodes: scalars typed as the API server types them, aliases followed, merge keys
// applied, every value and key with its place.
import {
  type Event,
  EVENT_ID,
  getScalarValue,
  SCALAR_STYLE,
  COLLECTION_STYLE,
  type ScalarEvent,
} from 'js-yaml'

import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile, Span } from '../source/source-file.ts'
import type { ParsedText } from './parse-events.ts'
import { MAX_ALIASED_CHARACTERS, MAX_DEPTH, NODE_WEIGHT } from './limits.ts'
import { coreTagName, readScalar, type ReportFault, unsupportedTag } from './read-scalar.ts'
import { isFloatText, keyText } from './resolve-scalar.ts'
import { passBracket, placeScalar } from './token-places.ts'
import { listNode, mapNode, scalarNode, type ScalarValue, type YamlNode } from './yaml-node.ts'

/** One document of a chunk: `root` absent where it has no content. */
export interface BuiltDocument {
  readonly root: YamlNode | undefined
  readonly diagnostics: readonly Diagnostic[]
}

interface Anchor {
  readonly node: YamlNode
  readonly weight: number
  readonly height: number
}

/** Stands for an anchored map or list while it is read: an alias of it there would make it contain itself. */
interface OpenAnchor {
  readonly node: undefined
}

interface Key {
  readonly text: string
  readonly span: Span
  readonly isMerge: boolean
}

/** Builds every document of a chunk, whose text begins at offset `base` of the file. */
export function buildNodes(file: SourceFile, base: number, parsed: ParsedText): BuiltDocument[] {
  const builder = new NodeBuilder(file, base, parsed)
  const documents: BuiltDocument[] = []
  while (!builder.done()) documents.push(builder.readDocument())
  return documents
}

class TooLarge extends Error {
  readonly span: Span
  constructor(span: Span, message: string) {
    super(message)
    this.span = span
  }
}

class NodeBuilder {
  private readonly file: SourceFile
  private readonly base: number
  private readonly text: string
  private readonly events: readonly Event[]
  private readonly originalOffset: (offset: number) => number
  private next = 0
  /** End of the last token read, within the chunk: where to look for the text of what has no event of its own. */
  private cursor = 0
  private flowDepth = 0
  private anchors = new Map<string, Anchor | OpenAnchor>()
  private diagnostics: Diagnostic[] = []
  private weight = 0
  private aliasedWeight = 0
  /** Height of the node read last, aliases followed. */
  private height = 0

  constructor(file: SourceFile, base: number, parsed: ParsedText) {
    this.file = file
    this.base = base
    this.text = parsed.text
    this.events = parsed.events
    this.originalOffset = parsed.originalOffset
  }

  done(): boolean {
    return this.next >= this.events.length
  }

  readDocument(): BuiltDocument {
    const opening = this.events[this.next++]
    this.anchors = new Map()
    this.diagnostics = []
    this.weight = 0
    this.aliasedWeight = 0
    this.flowDepth = 0
    if (opening?.type === EVENT_ID.DOCUMENT) {
      if (opening.directives.some((directive) => directive.kind === 'tag')) {
        const span = this.spanOf(this.cursor, this.cursor)
        this.report('yaml/unsupported-tag', '%TAG directives are not supported', span)
      }
    }
    let root: YamlNode | undefined
    try {
      const first = this.events[this.next]
      const empty = first?.type === EVENT_ID.SCALAR && first.valueStart < 0 && first.tagStart < 0
      root = this.readNode(undefined)
      if (empty) root = undefined
    } catch (fault) {
      if (!(fault instanceof TooLarge)) throw fault
      this.report('yaml/too-large', fault.message, fault.span)
      this.skipToDocumentEnd()
      return { root: undefined, diagnostics: this.diagnostics }
    }
    this.next++
    return { root, diagnostics: this.diagnostics }
  }

  private readNode(keySpan: Span | undefined): YamlNode {
    const event = this.events[this.next++]
    if (event?.type === EVENT_ID.SCALAR) return this.readScalar(event, keySpan)
    if (event?.type === EVENT_ID.ALIAS) {
      return this.readAlias(event.anchorStart, event.anchorEnd, keySpan)
    }
    if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) {
      return this.readCollection(event, keySpan)
    }
    throw new Error('bug: a YAML event out of place, please report')
  }

  private readScalar(event: ScalarEvent, keySpan: Span | undefined): YamlNode {
    const weightBefore = this.weight
    const span = this.scalarSpan(event)
    const scalar = this.valueOf(event)
    this.weight += NODE_WEIGHT + span.end - span.start
    this.height = 1
    const node = scalarNode(span, keySpan, scalar)
    if (event.anchorStart >= 0) this.setAnchor(event, node, weightBefore)
    return node
  }

  private readAlias(start: number, end: number, keySpan: Span | undefined): YamlNode {
    const name = this.text.slice(start, end)
    const span = this.spanOf(start - 1, end)
    this.cursor = end
    const anchor = this.anchors.get(name)
    if (anchor?.node === undefined) {
      this.report(
        'yaml/syntax',
        anchor !== undefined
          ? `anchor \`${name}\` contains itself`
          : `anchor \`${name}\` is not defined`,
        span,
      )
      this.height = 1
      return scalarNode(span, keySpan, null)
    }
    this.weight += anchor.weight
    this.aliasedWeight += anchor.weight
    this.height = anchor.height
    if (this.aliasedWeight > MAX_ALIASED_CHARACTERS) {
      throw new TooLarge(span, `aliases unfold to more than ${MAX_ALIASED_CHARACTERS} characters`)
    }
    return { ...anchor.node, keySpan }
  }

  private readCollection(
    event: Extract<Event, { type: typeof EVENT_ID.MAPPING | typeof EVENT_ID.SEQUENCE }>,
    keySpan: Span | undefined,
  ): YamlNode {
    const weightBefore = this.weight
    this.weight += NODE_WEIGHT
    const open: OpenAnchor = { node: undefined }
    const name =
      event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd)
    if (name !== undefined) this.anchors.set(name, open)
    if (event.start > this.cursor) this.cursor = event.start
    const isMap = event.type === EVENT_ID.MAPPING
    this.checkCollectionTag(event, isMap)
    const bracket = event.style === COLLECTION_STYLE.FLOW ? this.text[event.start] : undefined
    if (bracket === '{' || bracket === '[') this.cursor = event.start + 1
    const isFlow = event.style === COLLECTION_STYLE.FLOW
    if (isFlow) this.flowDepth++
    const entries = isMap ? this.readEntries() : undefined
    const items = isMap ? undefined : this.readItems()
    if (isFlow) this.flowDepth--
    if (bracket === '{' || bracket === '[') this.cursor = passBracket(this.text, this.cursor)
    const span = this.spanOf(event.start, this.cursor)
    this.height++
    if (this.height > MAX_DEPTH)
      throw new TooLarge({ start: span.start, end: span.start + 1 }, depthMessage())
    const node =
      entries === undefined ? listNode(span, keySpan, items ?? []) : mapNode(span, keySpan, entries)
    // A node within may have taken the name over.
    if (name !== undefined && this.anchors.get(name) === open)
      this.setAnchor(event, node, weightBefore)
    return node
  }

  private readItems(): YamlNode[] {
    const items: YamlNode[] = []
    let height = 0
    while (this.events[this.next]?.type !== EVENT_ID.POP) {
      items.push(this.readNode(undefined))
      if (this.height > height) height = this.height
    }
    this.next++
    this.height = height
    return items
  }

  private readEntries(): Map<string, YamlNode> {
    const entries = new Map<string, YamlNode>()
    let merged: Set<string> | undefined
    let mergeKey: Key | undefined
    let height = 0
    while (this.events[this.next]?.type !== EVENT_ID.POP) {
      const keyEvent = this.events[this.next]
      const isPlain = keyEvent?.type === EVENT_ID.SCALAR && keyEvent.style === SCALAR_STYLE.PLAIN
      const key = this.readKey()
      if (isPlain && this.flowDepth > 0) this.checkColon()
      const value = this.readNode(key?.span)
      if (this.height > height) height = this.height
      if (key === undefined) continue
      if (key.isMerge) {
        if (mergeKey === undefined) {
          mergeKey = key
          merged = this.merge(entries, key, value)
        } else this.reportDuplicate(key.text, key.span, mergeKey.span)
        continue
      }
      const earlier = entries.get(key.text)
      if (earlier?.keySpan !== undefined && merged?.delete(key.text) !== true) {
        this.reportDuplicate(key.text, key.span, earlier.keySpan)
      }
      entries.set(key.text, value)
    }
    this.next++
    this.height = height
    return entries
  }

  private readKey(): Key | undefined {
    const event = this.events[this.next]
    if (event?.type === EVENT_ID.SCALAR) {
      this.next++
      const span = this.scalarSpan(event)
      const value = this.valueOf(event)
      this.weight += span.end - span.start
      const isMerge = value === '<<' && event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0
      const isFloat =
        event.style === SCALAR_STYLE.PLAIN &&
        typeof value === 'number' &&
        isFloatText(getScalarValue(this.text, event))
      if (event.anchorStart >= 0) {
        const node = scalarNode(span, undefined, value)
        this.setAnchor(event, node, this.weight)
      }
      const text = keyText(value, isFloat)
      if (text !== undefined) return { text, span, isMerge }
      this.report(
        'yaml/invalid-key',
        'a map key is null or a number that JSON cannot have as a key',
        span,
      )
      return undefined
    }
    const node = this.readNode(undefined)
    if (node.kind === 'scalar') {
      const value = node.scalar ?? null
      const text = keyText(value, typeof value === 'number' && !Number.isSafeInteger(value))
      if (text !== undefined) return { text, span: node.span, isMerge: false }
    }
    this.report('yaml/invalid-key', `a map key is a ${node.kind}, not a scalar`, {
      start: node.span.start,
      end: Math.max(node.span.start, Math.min(node.span.end, node.span.start + 1)),
    })
    return undefined
  }

  /** `{a:, b:[c]}`: the API server's reader takes the colon for a part of the key, or gives up. */
  private checkColon(): void {
    const at = this.cursor
    if (this.text[at] !== ':' || !',[]{}'.includes(this.text[at + 1] ?? ' ')) return
    this.report('yaml/syntax', 'a space is missing after `:`', this.spanOf(at, at + 1))
  }

  /** Adds the entries that `<<` brings, the first map of a list winning, and returns their keys. */
  private merge(entries: Map<string, YamlNode>, key: Key, value: YamlNode): Set<string> {
    const merged = new Set<string>()
    const isList = value.kind === 'list' && value.span.start >= key.span.end
    const sources = isList ? (value.items ?? []) : [value]
    for (const source of sources) {
      if (source.kind !== 'map') {
        this.report('yaml/syntax', 'a merge key takes a map or a list of maps', key.span)
        return merged
      }
      for (const [name, child] of source.entries ?? []) {
        const explicit = entries.get(name)
        if (merged.has(name)) continue
        if (explicit?.keySpan !== undefined) {
          // YAML keeps the explicit value, the API server's reader takes the merged one: what is meant is anyone's guess.
          this.report(
            'yaml/duplicate-key',
            `\`<<\` brings key \`${name}\`, which stands before it`,
            key.span,
            { span: explicit.keySpan, text: 'first here' },
            'Put `<<` before the keys that override it: readers differ on which value wins',
          )
          continue
        }
        entries.set(name, child)
        merged.add(name)
      }
    }
    return merged
  }

  private checkCollectionTag(
    event: { readonly tagStart: number; readonly tagEnd: number },
    isMap: boolean,
  ): void {
    if (event.tagStart < 0) return
    const tag = this.text.slice(event.tagStart, event.tagEnd)
    if (coreTagName(tag) !== (isMap ? 'map' : 'seq')) {
      this.reportFault('yaml/unsupported-tag', unsupportedTag(tag), event.tagStart, event.tagEnd)
    }
  }

  private setAnchor(
    event: { readonly anchorStart: number; readonly anchorEnd: number },
    node: YamlNode,
    weightBefore: number,
  ): void {
    const name = this.text.slice(event.anchorStart, event.anchorEnd)
    this.anchors.set(name, {
      node,
      weight: this.weight - weightBefore + NODE_WEIGHT,
      height: this.height,
    })
  }

  private scalarSpan(event: ScalarEvent): Span {
    const { start, end } = placeScalar(this.text, event, this.cursor)
    this.cursor = end
    return this.spanOf(start, end)
  }

  private valueOf(event: ScalarEvent): ScalarValue {
    return readScalar(this.text, event, this.flowDepth > 0, this.reportFault)
  }

  private spanOf(start: number, end: number): Span {
    const { base, originalOffset } = this
    return { start: base + originalOffset(start), end: base + originalOffset(end) }
  }

  private skipToDocumentEnd(): void {
    while (this.next < this.events.length && this.events[this.next]?.type !== EVENT_ID.DOCUMENT)
      this.next++
  }

  private readonly reportFault: ReportFault = (code, message, start, end) => {
    this.report(code, message, this.spanOf(start, end))
  }

  private reportDuplicate(key: string, span: Span, first: Span): void {
    this.report('yaml/duplicate-key', `key \`${key}\` stands twice in one map`, span, {
      span: first,
      text: 'first here',
    })
  }

  private report(
    code: Diagnostic['code'],
    message: string,
    span: Span,
    related?: { readonly span: Span; readonly text: string },
    help?: string,
  ): void {
    const { file } = this
    this.diagnostics.push(
      diagnostic(code, message, {
        primary: { file, span },
        ...(related === undefined ? {} : { related: [{ file, ...related }] }),
        ...(help === undefined ? {} : { help }),
      }),
    )
  }
}

export function depthMessage(): string {
  return `maps and lists lie more than ${MAX_DEPTH} deep`
}
