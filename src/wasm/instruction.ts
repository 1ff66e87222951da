// How long each instruction is: what follows its opcode. An opcode that is not here is refused, because whoever guesses its
// length walks into the middle of another instruction from there on.
// Known: version 1, sign extension, saturating conversions and bulk memory, which is what clang and OPA's compiler emit.
// https://webassembly.github.io/spec/core/binary/instructions.html
import type { ByteReader } from './byte-reader.ts'
import { WasmError } from './wasm-error.ts'

export const OPCODE = {
  unreachable: 0x00,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LeU: 0x4d,
  select: 0x1b,
  i32GtU: 0x4b,
  i32Sub: 0x6b,
  i32ShrU: 0x76,
  prefixFc: 0xfc,
  emptyBlockType: 0x40,
} as const

/** What an instruction means to whoever meters it. */
export type Weight = 'plain' | 'loop' | 'bulk' | 'size' | 'grow'

// How many numbers follow an opcode, each LEB128. Nearly all instructions are these, so that no call is made for one.
const ACCESS = 3
const OTHER = 4
const FOLLOWING = new Uint8Array(256).fill(OTHER)
// unreachable, nop, else, end, return, drop, select
for (const opcode of [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b]) FOLLOWING[opcode] = 0
// i32.eqz to i64.extend32_s
FOLLOWING.fill(0, 0x45, 0xc4 + 1)
// block, if, br, br_if, call, i32.const, i64.const
for (const opcode of [0x02, 0x04, 0x0c, 0x0d, 0x10, 0x41, 0x42]) FOLLOWING[opcode] = 1
// local.get to global.set
FOLLOWING.fill(1, 0x20, 0x24 + 1)
// call_indirect
FOLLOWING[0x11] = 2
// i32.load to i64.store32: an alignment and an offset
FOLLOWING.fill(ACCESS, 0x28, 0x3e + 1)

/** Bytes of the longest number, an i64. */
const MAX_LEB128 = 10

/**
 * Passes over instructions that mean nothing to whoever meters, up to another one or the end.
 * @throws WasmError wasm-malformed, wasm-unsupported
 */
export function skipPlain(reader: ByteReader): void {
  const { bytes } = reader
  let position = reader.position
  for (; position < bytes.length; reader.position = position) {
    const following = FOLLOWING[bytes[position]!]!
    if (following === OTHER) return
    position++
    // Bit 6 of the alignment says that a memory index follows (multi-memory), which would make the instruction longer.
    if (following === ACCESS && bytes[position]! > 4) {
      throw unsupported(reader, 'an alignment above 2^4')
    }
    for (let left = following === ACCESS ? 2 : following; left > 0; left--) {
      const start = position
      while (bytes[position++]! >= 0x80);
      if (position > bytes.length) throw reader.malformed('an instruction: the bytes end here')
      if (position - start > MAX_LEB128) throw reader.malformed('not a LEB128 number')
    }
  }
}

/** Reads one of the other instructions, its immediates with it. @throws WasmError wasm-malformed, wasm-unsupported */
export function readInstruction(reader: ByteReader): Weight {
  const opcode = reader.readByte('opcode')
  switch (opcode) {
    case OPCODE.loop:
      reader.skipBlockType()
      return 'loop'
    case 0x0e: // br_table
      for (let left = reader.readCount('labels'); left >= 0; left--) reader.readU32('label')
      return 'plain'
    case OPCODE.memorySize:
      expectMemoryZero(reader)
      return 'size'
    case OPCODE.memoryGrow:
      expectMemoryZero(reader)
      return 'grow'
    case 0x43: // f32.const
      reader.readBytes(4, 'f32.const')
      return 'plain'
    case 0x44: // f64.const
      reader.readBytes(8, 'f64.const')
      return 'plain'
    case OPCODE.prefixFc:
      return readPrefixed(reader)
    default:
      throw unsupported(reader, `opcode 0x${opcode.toString(16).padStart(2, '0')}`)
  }
}

function readPrefixed(reader: ByteReader): Weight {
  const opcode = reader.readU32('opcode')
  switch (opcode) {
    case 0: // i32.trunc_sat_f32_s, and on to i64.trunc_sat_f64_u
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
      return 'plain'
    case 8: // memory.init
      reader.readU32('data index')
      expectMemoryZero(reader)
      return 'bulk'
    case 9: // data.drop
      reader.readU32('data index')
      return 'plain'
    case 10: // memory.copy
      expectMemoryZero(reader)
      expectMemoryZero(reader)
      return 'bulk'
    case 11: // memory.fill
      expectMemoryZero(reader)
      return 'bulk'
    default:
      throw unsupported(reader, `opcode 0xfc ${opcode}`)
  }
}

function expectMemoryZero(reader: ByteReader): void {
  if (reader.readByte('memory index') !== 0) throw unsupported(reader, 'a second memory')
}

function unsupported(reader: ByteReader, what: string): WasmError {
  return new WasmError('wasm-unsupported', `${what} is not supported`, reader.position - 1)
}
