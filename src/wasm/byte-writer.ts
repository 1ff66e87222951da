const LENGTH_BYTES = 5

/** A growing buffer; `take` hands out what was written. */
export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>
  private length = 0

  constructor(expectedLength: number) {
    this.buffer = new Uint8Array(Math.max(expectedLength, 16))
  }

  writeByte(byte: number): void {
    this.reserve(1)
    this.buffer[this.length++] = byte
  }

  writeBytes(bytes: ArrayLike<number>): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Writes the shortest form. */
  writeU32(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.writeByte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.writeByte(rest)
  }

  /** Writes a signed number that is exact as a JavaScript number, in the shortest form. */
  writeSigned(value: number): void {
    let rest = BigInt(value)
    for (;;) {
      const low = Number(rest & 0x7fn)
      rest >>= 7n
      const done = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)
      this.writeByte(done ? low : low | 0x80)
      if (done) return
    }
  }

  /** Writes a vector of bytes: its length, then itself. */
  writeVector(bytes: Uint8Array): void {
    this.writeU32(bytes.length)
    this.writeBytes(bytes)
  }

  /** Writes a vector of what `write` writes, whose length is not known before: it takes five bytes, however small it is. */
  writeVectorOf(write: () => void): void {
    this.reserve(LENGTH_BYTES)
    this.length += LENGTH_BYTES
    const start = this.length
    write()
    let rest = this.length - start
    for (let left = LENGTH_BYTES; left > 0; left--) {
      this.buffer[start - left] = (rest & 0x7f) | (left > 1 ? 0x80 : 0)
      rest >>>= 7
    }
  }

  writeName(name: string): void {
    this.writeVector(new TextEncoder().encode(name))
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length)
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count))
    grown.set(this.buffer.subarray(0, this.length))
    this.buffer = grown
  }
}
