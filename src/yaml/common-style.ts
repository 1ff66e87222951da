// Nearly all manifests are written in a small part of YAML: block maps and lists, a value on the line of its key, quotes that
// end on their line. That part is read here, line by line and many times as fast as by js-yaml, into the very events that
// js-yaml makes of it. Whatever is not plainly of that part, every fault included, is left to js-yaml; a test holds this
// reader to it.
import { COLLECTION_STYLE, type Event, EVENT_ID, SCALAR_STYLE } from 'js-yaml'
import {
  CODE,
  endOfKey,
  pushCollection,
  pushKey,
  pushScalar,
  readBlockScalar,
  readLineValue,
  skipSpaces,
} from './common-value.ts'

/** Control characters, tabs and line breaks other than LF among them, and halves of characters: js-yaml minds them. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const UNCOMMON = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufeff\ufffe\uffff\ud800-\udfff]/
const MAX_DEPTH = 100

/** Returns the events of a text that holds one document, or undefined where js-yaml is to read it. */
export function parseCommonStyle(text: string): Event[] | undefined {
  // Spaces at the very end may go on with a plain scalar.
  if (UNCOMMON.test(text) || text.endsWith(' ')) return undefined
  const reader = new CommonReader(text)
  return reader.read() ? reader.events : undefined
}

interface Open {
  readonly isMap: boolean
  readonly column: number
}

class CommonReader {
  readonly events: Event[] = []
  private readonly text: string
  private readonly length: number
  private at = 0
  private lineStart = 0
  private readonly open: Open[] = []
  /** The last key or dash has had no value yet. */
  private isPending = false

  constructor(text: string) {
    this.text = text.endsWith('\n') ? text : `${text}\n`
    this.length = text.length
  }

  /** False where the text is not of the common style. */
  read(): boolean {
    if (!this.nextLine()) return false
    const explicitStart = this.text.startsWith('---', this.at)
    if (explicitStart && !(this.at === this.lineStart && this.endLine(this.at + 3))) return false
    if (explicitStart && !this.nextLine()) return false
    if (this.at !== this.lineStart || endOfKey(this.text, this.at) < 0) return false
    this.events.push({
      type: EVENT_ID.DOCUMENT,
      explicitStart,
      explicitEnd: false,
      directives: [],
    })
    this.enter(true)
    do {
      if (!this.readLine()) return false
    } while (this.nextLine() && this.place())
    if (this.at < this.text.length) return false
    if (this.isPending) this.pushEmpty()
    while (this.open.length > 0) this.leave()
    this.events.push({ type: EVENT_ID.POP })
    return true
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
      if (column > above.column || (column === above.column && isDash && above.isMap)) {
        this.isPending = false
        this.enter(!isDash)
        return this.open.length < MAX_DEPTH
      }
      this.pushEmpty()
    }
    for (;;) {
      const last = this.open.at(-1)
      if (last === undefined || last.column < column) return false
      if (last.column === column && last.isMap === !isDash) return true
      if (last.column === column && last.isMap) return false
      this.leave()
    }
  }

  /** Reads a line from the first dash or key on. */
  private readLine(): boolean {
    const { text, events } = this
    for (;;) {
      const { isMap, column } = this.open.at(-1) ?? { isMap: true, column: 0 }
      let end: number
      if (isMap) {
        const colon = endOfKey(text, this.at)
        if (colon < 0) return false
        pushKey(events, text, this.at, colon)
        end = skipSpaces(text, colon + 1)
      } else end = skipSpaces(text, this.at + 1)
      const code = text.charCodeAt(end)
      if (code === CODE.lf || code === CODE.hash) {
        this.isPending = true
        return this.endLine(end)
      }
      this.at = end
      if (!isMap && (this.isDash() || endOfKey(text, end) >= 0)) {
        this.enter(!this.isDash())
        if (this.open.length > MAX_DEPTH) return false
        continue
      }
      if (text[end] !== '|' && text[end] !== '>') {
        end = readLineValue(events, text, end)
        return end >= 0 && this.endLine(end)
      }
      this.at = readBlockScalar(events, text, end, column)
      // The line feed that was put there is none of its own.
      return this.at >= 0 && this.at <= this.length
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

  private enter(isMap: boolean): void {
    pushCollection(this.events, this.at, isMap, COLLECTION_STYLE.BLOCK)
    this.open.push({ isMap, column: this.at - this.lineStart })
  }

  private leave(): void {
    this.open.pop()
    this.events.push({ type: EVENT_ID.POP })
  }

  private pushEmpty(): void {
    this.isPending = false
    pushScalar(this.events, -1, -1, SCALAR_STYLE.PLAIN, false)
  }
}
