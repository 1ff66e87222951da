// JSON as UTF-8, byte for byte what the API server's YAML reader makes of a node save for the order of keys: integers exact,
// floats in their shortest form. Nearly all of a manifest is ASCII that JSON takes as it stands, which is written code by code;
// whatever else there is goes through JSON.stringify.
import type { ScalarValue, YamlNode } from './yaml-node.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a

/** ASCII that stands for itself in a JSON string. */
const PLAIN = new Uint8Array(0x80).map((_, code) =>
  code >= 0x20 && code !== QUOTE && code !== 0x5c ? 1 : 0,
)

const encoder = new TextEncoder()

const MAX_SPARE_BYTES = 1024 * 1024
/** What the last writer wrote into, for the next; a second one beside it begins with nothing. */
let spare = new Uint8Array(16 * 1024)

export class JsonWriter {
  private bytes = spare
  private length = 0

  constructor() {
    spare = new Uint8Array()
  }

  /** What has been written; nothing more may be. */
  finish(): Uint8Array {
    const written = this.bytes.slice(0, this.length)
    if (this.bytes.length <= MAX_SPARE_BYTES) spare = this.bytes
    return written
  }

  /** Writes text as it is. */
  writeText(text: string): void {
    this.reserve(text.length * 3)
    const { bytes } = this
    let at = this.length
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code >= 0x80) {
        this.length += encoder.encodeInto(text, bytes.subarray(this.length)).written
        return
      }
      bytes[at++] = code
    }
    this.length = at
  }

  writeNode(node: YamlNode): void {
    switch (node.kind) {
      case 'map':
        this.writeMap(node)
        break
      case 'list':
        this.writeList(node)
        break
      case 'scalar':
        this.writeScalar(node.scalar ?? null)
        break
    }
  }

  private writeMap({ entries }: YamlNode): void {
    this.writeCode(0x7b)
    let isFirst = true
    for (const [key, child] of entries ?? []) {
      if (!isFirst) this.writeCode(COMMA)
      isFirst = false
      this.writeString(key)
      this.writeCode(COLON)
      this.writeNode(child)
    }
    this.writeCode(0x7d)
  }

  private writeList({ items = [] }: YamlNode): void {
    this.writeCode(0x5b)
    let isFirst = true
    for (const item of items) {
      if (!isFirst) this.writeCode(COMMA)
      isFirst = false
      this.writeNode(item)
    }
    this.writeCode(0x5d)
  }

  private writeScalar(value: ScalarValue): void {
    if (typeof value === 'string') this.writeString(value)
    // Go writes negative zero with its sign; String() drops it.
    else if (Object.is(value, -0)) this.writeText('-0')
    else this.writeText(String(value))
  }

  private writeString(text: string): void {
    this.reserve(text.length + 2)
    const { bytes } = this
    let at = this.length
    bytes[at++] = QUOTE
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (PLAIN[code] !== 1) {
        this.writeText(JSON.stringify(text))
        return
      }
      bytes[at++] = code
    }
    bytes[at++] = QUOTE
    this.length = at
  }

  private writeCode(code: number): void {
    this.reserve(1)
    this.bytes[this.length++] = code
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return
    const larger = new Uint8Array(2 * (this.length + size))
    larger.set(this.bytes)
    this.bytes = larger
  }
}

export function toJsonBytes(node: YamlNode): Uint8Array {
  const writer = new JsonWriter()
  writer.writeNode(node)
  return writer.finish()
}

export function toJson(node: YamlNode): string {
  return new TextDecoder().decode(toJsonBytes(node))
}
