// How long each instruction is: what follows its opcode. An opcode that is not here is refused, because whoever guesses its
// length walks into the middle of another instruction from there on.
// Known: version 1, sign extension, saturating conversions and bulk memory, which is what clang and OPA's compiler emit.
// https://webassembly.github.io/spec/core/binary/instructions.html
import type { ByteReader } from './byte-reader.ts'
import { WasmError } from './wasm-error.ts'

export const OPCODE = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Ne: 0x47,
  i32LeU: 0x4d,
  i64LtS: 0x53,
  select: 0x1b,
  i32GtU: 0x4b,
  i32Sub: 0x6b,
  i64Sub: 0x7d,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  prefixFc: 0xfc,
  emptyBlockType: 0x40,
} as const

/** What an instruction means to whoever meters it. */
export type Weight = 'plain' | 'opens' | 'loop' | 'closes' | 'bulk' | 'size' | 'grow'

/** Reads one instruction, its immediates with it. @throws WasmError wasm-malformed, wasm-unsupported */
export function readInstruction(reader: ByteReader): Weight {
  const opcode = reader.readByte('opcode')
  switch (opcode) {
    case OPCODE.block:
    case OPCODE.if:
      reader.skipLeb128(33, 'block type')
      return 'opens'
    case OPCODE.loop:
      reader.skipLeb128(33, 'block type')
      return 'loop'
    case OPCODE.end:
      return 'closes'
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0f: // return
    case 0x1a: // drop
    case 0x1b: // select
      return 'plain'
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x10: // call
      reader.readU32('index')
      return 'plain'
    case 0x0e: // br_table
      for (let left = reader.readCount('labels'); left >= 0; left--) reader.readU32('label')
      return 'plain'
    case 0x11: // call_indirect
      reader.readU32('type index')
      reader.readU32('table index')
      return 'plain'
    case OPCODE.memorySize:
      expectMemoryZero(reader)
      return 'size'
    case OPCODE.memoryGrow:
      expectMemoryZero(reader)
      return 'grow'
    case 0x41: // i32.const
      reader.skipLeb128(32, 'i32.const')
      return 'plain'
    case OPCODE.i64Const:
      reader.skipLeb128(64, 'i64.const')
      return 'plain'
    case 0x43: // f32.const
      reader.readBytes(4, 'f32.const')
      return 'plain'
    case 0x44: // f64.const
      reader.readBytes(8, 'f64.const')
      return 'plain'
    case OPCODE.prefixFc:
      return readPrefixed(reader)
    default:
      break
  }
  // local.get to global.set
  if (opcode >= 0x20 && opcode <= 0x24) {
    reader.readU32('index')
    return 'plain'
  }
  // i32.load to i64.store32
  if (opcode >= 0x28 && opcode <= 0x3e) {
    // Bit 6 of the alignment says that a memory index follows (multi-memory), which would make the instruction longer.
    if (reader.readU32('alignment') > 4) throw unsupported(reader, 'an alignment above 2^4')
    reader.readU32('offset')
    return 'plain'
  }
  // i32.eqz to i64.extend32_s
  if (opcode >= 0x45 && opcode <= 0xc4) return 'plain'
  throw unsupported(reader, `opcode 0x${opcode.toString(16).padStart(2, '0')}`)
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
