// A cursor over untrusted bytes: it never reads past its end, and never believes a count it has not checked.
import { WasmError } from './wasm-error.ts'

export class ByteReader {
  readonly bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get remaining(): number {
    return this.bytes.length - this.position
  }

  readByte(what: string): number {
    const byte = this.bytes[this.position]
    if (byte === undefined) throw this.malformed(`${what}: the bytes end here`)
    this.position++
    return byte
  }

  /** Returns a view, not a copy. */
  readBytes(length: number, what: string): Uint8Array {
    if (length > this.remaining) {
      throw this.malformed(`${what}: ${length} bytes announced, ${this.remaining} left`)
    }
    const view = this.bytes.subarray(this.position, this.position + length)
    this.position += length
    return view
  }

  // https://webassembly.github.io/spec/core/binary/values.html#integers: at most ceil(32/7) bytes, and in the last one no
  // bit that 32 bits have no room for.
  readU32(what: string): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.readByte(what)
      if (shift === 28 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw this.malformed(`${what}: not an unsigned 32-bit LEB128`)
  }

  /** Reads a vector's length; each element takes a byte at least, so a greater one than what is left is a lie. */
  readCount(what: string): number {
    const count = this.readU32(what)
    if (count > this.remaining) {
      throw this.malformed(`${what}: ${count} announced, ${this.remaining} bytes left`)
    }
    return count
  }

  /** Passes over a block's type, a LEB128 number of 33 bits. */
  skipBlockType(): void {
    for (let left = 5; left > 0; left--) {
      if (this.readByte('block type') < 0x80) return
    }
    throw this.malformed('block type: not a 33-bit LEB128')
  }

  expectEnd(what: string): void {
    if (this.remaining !== 0) throw this.malformed(`${what}: ${this.remaining} bytes too many`)
  }

  malformed(message: string): WasmError {
    return new WasmError('wasm-malformed', message, this.position)
  }
}
