// Nearly all manifests are written in a small part of YAML: block maps and lists, a value on the line of its key, quotes that
// end on their line. That part is read here, line by line and many times as fast as through js-yaml, into the very nodes that
// buildNodes makes of js-yaml's events. Whatever is not plainly of that part, every fault included, is left to those; a test
// holds this reader to them.
import type { Span } from '../source/source-file.ts'
import {
  CODE,
  type Collection,
  createCollection,
  createScalar,
  type Cursor,
  endOfKey,
  readBlockScalar,
  readKey,
  readLineValue,
  skipSpaces,
} from './common-value.ts'
import type { YamlNode } from './yaml-node.ts'

/**
 * Control characters, tabs and line breaks other than LF among them, and halves of characters: js-yaml minds them, or the API
 * server does.
 */
const UNCOMMON =
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/
const MAX_DEPTH = 100

/**
 * Returns the root of a text that holds one document, or undefined where js-yaml is to read it; `base` is where the text begins
 * in its file.
 */
export function readCommonStyle(text: string, base: number): YamlNode | undefined {
  // Spaces at the very end may go on with a plain scalar.
  if (UNCOMMON.test(text) || text.endsWith(' ')) return undefined
  return new CommonReader(text, base).read()
}

interface Open {
  readonly node: Collection
  readonly column: number
}

class CommonReader implements Cursor {
  readonly text: string
  readonly base: number
  at = 0
  private readonly length: number
  private lineStart = 0
  private readonly open: Open[] = []
  /** Where the last token has ended, the dash or colon of an empty value included. */
  private end = 0
  /** Of the map that is read: what its next value lies under. */
  private key = ''
  private keySpan: Span | undefined
  /** The last key or dash has had no value yet. */
  private isPending = false

  constructor(text: string, base: number) {
    this.text = text.endsWith('\n') ? text : `${text}\n`
    this.length = text.length
    this.base = base
  }

  /** Undefined where the text is not of the common style. */
  read(): YamlNode | undefined {
    if (!this.nextLine()) return undefined
    if (this.text.startsWith('---', this.at)) {
      if (this.at !== this.lineStart || !this.endLine(this.at + 3)) return undefined
      if (!this.nextLine()) return undefined
    }
    if (this.at !== this.lineStart || endOfKey(this.text, this.at) < 0) return undefined
    const root = this.enter(true)
    do {
      if (!this.readLine()) return undefined
    } while (this.nextLine() && this.place())
    if (this.at < this.text.length) return undefined
    if (this.isPending) this.addEmpty()
    while (this.open.length > 0) this.leave()
    return root
  }

  /** Goes from where a line begins to the next that has content. */
  private nextLine(): boolean {
    const { text } = this
    const column = this.isPending ? undefined : this.open.at(-1)?.column
    while (this.at < text.length) {
      const content = skipSpaces(text, this.at)
      const code = text.charCodeAt(content)
      if (code !== CODE.lf && code !== CODE.hash) {
        this.lineStart = this.at
        this.at = content
        return true
      }
      // Where a plain scalar might go on, js-yaml takes note of the comment.
      if (code === CODE.hash && column !== undefined && content - this.at > column) return false
      this.at = text.indexOf('\n', content) + 1
    }
    return false
  }

  /** Finds the map or list that a line goes on with, or begins it; what lies deeper has ended. */
  private place(): boolean {
    const column = this.at - this.lineStart
    const isDash = this.isDash()
    const above = this.open.at(-1)
    if (this.isPending && above !== undefined) {
      // A list may stand right below its key.
      const mayBelow = isDash && above.node.kind === 'map'
      if (column > above.column || (column === above.column && mayBelow)) {
        this.isPending = false
        this.enter(!isDash)
        return this.open.length < MAX_DEPTH
      }
      this.addEmpty()
    }
    for (;;) {
      const last = this.open.at(-1)
      if (last === undefined || last.column < column) return false
      const isMap = last.node.kind === 'map'
      if (last.column === column && isMap === !isDash) return true
      if (last.column === column && isMap) return false
      this.leave()
    }
  }

  /** Reads a line from the first dash or key on. */
  private readLine(): boolean {
    const { text, base } = this
    for (;;) {
      const top = this.open.at(-1)
      if (top === undefined) return false
      const { node, column } = top
      if (node.kind === 'map') {
        const { at } = this
        const colon = endOfKey(text, at)
        const key = colon < 0 ? undefined : readKey(this, colon, node)
        if (key === undefined) return false
        this.key = key
        this.keySpan = { start: base + at, end: base + colon }
      } else {
        this.at++
        this.keySpan = undefined
      }
      this.end = this.at
      const content = skipSpaces(text, this.at)
      const code = text.charCodeAt(content)
      if (code === CODE.lf || code === CODE.hash) {
        this.isPending = true
        return this.endLine(content)
      }
      this.at = content
      if (node.kind === 'list' && (this.isDash() || endOfKey(text, content) >= 0)) {
        this.enter(!this.isDash())
        if (this.open.length > MAX_DEPTH) return false
        continue
      }
      const isBlock = text[content] === '|' || text[content] === '>'
      const value = isBlock
        ? readBlockScalar(this, column, this.keySpan)
        : readLineValue(this, this.keySpan)
      if (value === undefined) return false
      this.add(value)
      this.end = this.at
      // The line feed that was put there is none of its own.
      return isBlock ? this.at <= this.length : this.endLine(this.at)
    }
  }

  /** Goes behind the line, on which there may be a comment yet. */
  private endLine(from: number): boolean {
    const { text } = this
    const at = skipSpaces(text, from)
    const code = text.charCodeAt(at)
    if (code === CODE.hash) {
      if (text.charCodeAt(at - 1) !== CODE.space) return false
    } else if (code !== CODE.lf) return false
    this.at = text.indexOf('\n', at) + 1
    return true
  }

  private isDash(): boolean {
    const { text, at } = this
    if (text.charCodeAt(at) !== CODE.dash) return false
    const next = text.charCodeAt(at + 1)
    return next === CODE.space || next === CODE.lf
  }

  private enter(isMap: boolean): YamlNode {
    const node = createCollection(this, isMap, this.keySpan)
    this.add(node)
    this.open.push({ node, column: this.at - this.lineStart })
    return node
  }

  private leave(): void {
    const left = this.open.pop()
    if (left !== undefined) left.node.span.end = this.base + this.end
  }

  private addEmpty(): void {
    this.isPending = false
    this.add(createScalar(this, this.end, this.end, this.keySpan, null))
  }

  /** Adds a value to the map or list that is read. */
  private add(value: YamlNode): void {
    const parent = this.open.at(-1)?.node
    if (parent?.items !== undefined) parent.items.push(value)
    else parent?.entries?.set(this.key, value)
  }
}
