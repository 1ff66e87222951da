// JSON as Go's decoder reads it, with places. kubectl tries it first on a text that begins with `{`; unlike YAML it
// takes objects one after another, raw U+2028, and escapes of surrogate pairs.
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile, Span } from '../source/source-file.ts'
import { MAX_DEPTH } from './limits.ts'
import { resolvePlain } from './resolve-scalar.ts'
import { listNode, mapNode, scalarNode, type ScalarValue, type YamlNode } from './yaml-node.ts'

export interface JsonStream {
  readonly roots: readonly YamlNode[]
  /** Semantic faults in what was read: duplicate keys. */
  readonly diagnostics: readonly Diagnostic[]
  /** Set where the text stops being JSON. */
  readonly failure?: {
    readonly offset: number
    readonly message: string
    readonly tooDeep: boolean
    /** It is JSON's grammar, and still no JSON that can be read: not to be tried as YAML. */
    readonly decisive: boolean
  }
}

/** Reads the JSON values that follow one another between two offsets. */
export function readJsonStream(file: SourceFile, start: number, end: number): JsonStream {
  const reader = new JsonReader(file, start, end)
  const roots: YamlNode[] = []
  try {
    while (reader.hasMore()) roots.push(reader.readValue(undefined, 0))
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault
    return { roots, diagnostics: reader.diagnostics, failure: fault }
  }
  return { roots, diagnostics: reader.diagnostics }
}

class JsonFault extends Error {
  readonly offset: number
  readonly tooDeep: boolean
  readonly decisive: boolean
  constructor(offset: number, message: string, kind: 'syntax' | 'too-deep' | 'range' = 'syntax') {
    super(message)
    this.offset = offset
    this.decisive = kind !== 'syntax'
    this.tooDeep = kind === 'too-deep'
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y
// One run of a string: anything but the closing quote, a backslash and control characters.
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these
const PLAIN_RUN = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const LITERALS: readonly (readonly [string, null | boolean])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

class JsonReader {
  readonly diagnostics: Diagnostic[] = []
  private readonly file: SourceFile
  private readonly text: string
  private readonly end: number
  private at: number

  constructor(file: SourceFile, start: number, end: number) {
    this.file = file
    this.text = file.text
    this.at = start
    this.end = end
  }

  hasMore(): boolean {
    this.skipSpace()
    return this.at < this.end
  }

  readValue(keySpan: Span | undefined, depth: number): YamlNode {
    this.skipSpace()
    const start = this.at
    if (depth > MAX_DEPTH)
      throw new JsonFault(start, `maps and lists lie more than ${MAX_DEPTH} deep`, 'too-deep')
    const first = this.text[start]
    if (first === '{') {
      const entries = this.readEntries(depth)
      return mapNode({ start, end: this.at }, keySpan, entries)
    }
    if (first === '[') {
      const items = this.readItems(depth)
      return listNode({ start, end: this.at }, keySpan, items)
    }
    const scalar = this.readScalar()
    return scalarNode({ start, end: this.at }, keySpan, scalar)
  }

  private readEntries(depth: number): Map<string, YamlNode> {
    const entries = new Map<string, YamlNode>()
    this.at++
    if (this.take('}')) return entries
    do {
      this.skipSpace()
      const start = this.at
      const key = this.readString()
      const keySpan = { start, end: this.at }
      if (!this.take(':')) throw new JsonFault(this.at, 'expected `:` after a key')
      const earlier = entries.get(key)?.keySpan
      if (earlier !== undefined) this.reportDuplicate(key, keySpan, earlier)
      entries.set(key, this.readValue(keySpan, depth + 1))
    } while (this.take(','))
    if (!this.take('}')) throw new JsonFault(this.at, 'expected `,` or `}` after a value')
    return entries
  }

  private readItems(depth: number): YamlNode[] {
    const items: YamlNode[] = []
    this.at++
    if (this.take(']')) return items
    do items.push(this.readValue(undefined, depth + 1))
    while (this.take(','))
    if (!this.take(']')) throw new JsonFault(this.at, 'expected `,` or `]` after a value')
    return items
  }

  private readScalar(): ScalarValue {
    if (this.text[this.at] === '"') return this.readString()
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text)
    if (match === null) throw new JsonFault(this.at, 'expected a value')
    // YAML's rules give the same number for JSON's, and leave what no float can hold a string.
    const value = resolvePlain(match[0])
    if (typeof value !== 'number' && typeof value !== 'bigint') {
      throw new JsonFault(this.at, 'the number is larger than any float', 'range')
    }
    this.at += match[0].length
    return value
  }

  private readString(): string {
    const start = this.at
    if (this.text[start] !== '"') throw new JsonFault(start, 'expected a string')
    let escaped = false
    this.at++
    for (;;) {
      PLAIN_RUN.lastIndex = this.at
      this.at += PLAIN_RUN.exec(this.text)?.[0].length ?? 0
      if (this.at >= this.end) throw new JsonFault(start, 'the string has no end')
      if (this.text[this.at] === '"') break
      ESCAPE.lastIndex = this.at
      const escape = ESCAPE.exec(this.text)
      if (escape === null)
        throw new JsonFault(this.at, 'a string holds no such escape or character')
      this.at += escape[0].length
      escaped = true
    }
    this.at++
    if (!escaped) return this.text.slice(start + 1, this.at - 1)
    const value: unknown = JSON.parse(this.text.slice(start, this.at))
    // Half a surrogate pair becomes U+FFFD, as in Go.
    return typeof value === 'string' ? value.replace(LONE_SURROGATE, '\uFFFD') : ''
  }

  private skipSpace(): void {
    const { text, end } = this
    let at = this.at
    while (at < end) {
      const unit = text.charCodeAt(at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) break
      at++
    }
    this.at = at
  }

  private take(character: string): boolean {
    this.skipSpace()
    if (this.at >= this.end || this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private reportDuplicate(key: string, span: Span, first: Span): void {
    const { file } = this
    this.diagnostics.push(
      diagnostic('yaml/duplicate-key', `key \`${key}\` stands twice in one map`, {
        primary: { file, span },
        related: [{ file, span: first, text: 'first here' }],
      }),
    )
  }
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g
