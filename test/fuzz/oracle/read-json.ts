// JSON by the letter of RFC 8259, read without JSON.parse: keeps keys that are given twice and the digits of numbers. It does
// not recurse, so nesting has no limit here.
import { mapOf, number, type Member, type Tree } from '../tree.ts'

export interface JsonReading {
  readonly tree: Tree
  /** The deepest nesting of lists and maps. */
  readonly depth: number
  readonly hasDuplicateKey: boolean
  readonly hasLoneSurrogate: boolean
  readonly hasNul: boolean
}

type Frame =
  | { readonly kind: 'list'; readonly items: Tree[] }
  | { readonly kind: 'map'; readonly members: Member[]; readonly keys: Set<string>; key: string }

const SPACE: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r'])
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\u0000-\u001f]*)*"/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y
const WORD = /true|false|null/y
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|(.))/g
const SHORT: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const OPENED = Symbol('opened')
const FAULT = Symbol('fault')

/** Returns undefined where the bytes are not one JSON text in UTF-8 without a byte order mark. */
export function readJson(bytes: Uint8Array): JsonReading | undefined {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
  return new Reader(text).read()
}

class Reader {
  private readonly text: string
  private at = 0
  private readonly stack: Frame[] = []
  private depth = 0
  private hasDuplicateKey = false
  private hasLoneSurrogate = false
  private hasNul = false

  constructor(text: string) {
    this.text = text
  }

  read(): JsonReading | undefined {
    for (;;) {
      const next = this.readValue()
      if (next === FAULT) return undefined
      if (next === OPENED) continue
      let value = next
      // What is complete goes into what holds it, which may complete that.
      for (;;) {
        this.skipSpace()
        const frame = this.stack.at(-1)
        if (frame === undefined)
          return this.at === this.text.length ? this.result(value) : undefined
        this.add(frame, value)
        if (this.skip(',')) {
          if (frame.kind === 'map' && !this.readKey(frame)) return undefined
          break
        }
        if (!this.skip(frame.kind === 'map' ? '}' : ']')) return undefined
        value = this.close()
      }
    }
  }

  private result(tree: Tree): JsonReading {
    const { depth, hasDuplicateKey, hasLoneSurrogate, hasNul } = this
    return { tree, depth, hasDuplicateKey, hasLoneSurrogate, hasNul }
  }

  /** A list or a map is complete here only where it is empty. */
  private readValue(): Tree | typeof OPENED | typeof FAULT {
    this.skipSpace()
    const isMap = this.skip('{')
    if (!isMap && !this.skip('[')) return this.readScalar()
    const frame: Frame = isMap
      ? { kind: 'map', members: [], keys: new Set(), key: '' }
      : { kind: 'list', items: [] }
    this.stack.push(frame)
    this.depth = Math.max(this.depth, this.stack.length)
    this.skipSpace()
    if (this.skip(isMap ? '}' : ']')) return this.close()
    return frame.kind === 'list' || this.readKey(frame) ? OPENED : FAULT
  }

  private close(): Tree {
    const frame = this.stack.pop()
    return frame?.kind === 'map' ? mapOf(frame.members) : (frame?.items ?? null)
  }

  private add(frame: Frame, value: Tree): void {
    if (frame.kind === 'list') frame.items.push(value)
    else frame.members.push([frame.key, value])
  }

  private readKey(frame: Frame & { kind: 'map' }): boolean {
    this.skipSpace()
    const key = this.take(STRING)
    if (key === undefined) return false
    frame.key = this.unescape(key)
    if (frame.keys.has(frame.key)) this.hasDuplicateKey = true
    frame.keys.add(frame.key)
    this.skipSpace()
    return this.skip(':')
  }

  private readScalar(): Tree | typeof FAULT {
    const string = this.take(STRING)
    if (string !== undefined) return this.unescape(string)
    const digits = this.take(NUMBER)
    if (digits !== undefined) return number(digits)
    const word = this.take(WORD)
    if (word === undefined) return FAULT
    return word === 'null' ? null : word === 'true'
  }

  private unescape(quoted: string): string {
    const raw = quoted.slice(1, -1)
    if (!raw.includes('\\')) return raw
    const text = raw.replace(ESCAPE, (_all, hex: string | undefined, short: string) =>
      hex === undefined ? (SHORT[short] ?? short) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (/\p{Cs}/u.test(text)) this.hasLoneSurrogate = true
    if (text.includes('\0')) this.hasNul = true
    return text
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private skipSpace(): void {
    while (SPACE.has(this.text[this.at] ?? '')) this.at++
  }

  private take(token: RegExp): string | undefined {
    token.lastIndex = this.at
    if (!token.test(this.text)) return undefined
    const taken = this.text.slice(this.at, token.lastIndex)
    this.at = token.lastIndex
    return taken
  }
}
