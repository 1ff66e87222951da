// Text in a module's memory. Addresses come from the module: each is checked, and a text ends with the memory at the latest.

/** The module gave an address that no text can have. */
export class MemoryFault extends Error {
  override readonly name = 'MemoryFault'
}

const decoder = new TextDecoder('utf-8', { fatal: true })
const lenientDecoder = new TextDecoder()
const encoder = new TextEncoder()

/** Reads up to the NUL. @throws MemoryFault where there is none, or what precedes it is not UTF-8. */
export function readText(memory: WebAssembly.Memory, address: number): string {
  const bytes = readTerminated(memory, address)
  try {
    return decoder.decode(bytes)
  } catch {
    throw new MemoryFault('a text is not UTF-8')
  }
}

/** Reads a message, U+FFFD where it is not UTF-8, and nothing past `maxBytes`. */
export function readMessage(memory: WebAssembly.Memory, address: number, maxBytes: number): string {
  try {
    return lenientDecoder.decode(readTerminated(memory, address).subarray(0, maxBytes))
  } catch {
    return ''
  }
}

/** Says whether the text at an address of a memory is exactly `expected`, without making a string of it. */
export function hasText(bytes: Uint8Array, address: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[address + i] !== expected[i]) return false
  }
  return bytes[address + expected.length] === 0
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text)
}

/** @throws MemoryFault where they do not fit. */
export function writeBytes(memory: WebAssembly.Memory, address: number, bytes: Uint8Array): void {
  if (address <= 0 || address + bytes.length > memory.buffer.byteLength) {
    throw new MemoryFault('an address is outside of the memory')
  }
  new Uint8Array(memory.buffer).set(bytes, address)
}

/** @throws MemoryFault where the memory holds no NUL from there on. */
export function readTerminated(memory: WebAssembly.Memory, address: number): Uint8Array {
  const bytes = new Uint8Array(memory.buffer)
  const end = address > 0 ? bytes.indexOf(0, address) : -1
  if (end === -1) throw new MemoryFault('a text has no end')
  return bytes.subarray(address, end)
}
