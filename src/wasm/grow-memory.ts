// A function that stands in for `memory.grow`. OPA's allocator grows by a page at a time, and V8 takes longer for each the more
// there are: 256 MiB cost 2.5 to 4 s so, and 0.3 s in steps of 64 pages. So the function grows by 64, hands out what was asked,
// and keeps the rest for the next time; the module sees only the pages it asked for.
import { ByteWriter } from './byte-writer.ts'
import { OPCODE } from './instruction.ts'

const CHUNK_PAGES = 64
const I32 = 0x7f

/** Its type: the pages asked for, to the size before or -1. https://webassembly.github.io/spec/core/binary/types.html */
export const GROW_TYPE: readonly number[] = [0x60, 1, I32, 1, I32]

/** Its body, as the code section has it. `spare` is a global, i32: pages that there are and the module does not know of. */
export function growFunction(spare: number): Uint8Array {
  const writer = new ByteWriter(128)
  const emit = (...bytes: number[]): void => writer.writeBytes(bytes)
  const getSpare = (): void => writeGlobal(writer, OPCODE.globalGet, spare)
  const setSpare = (): void => writeGlobal(writer, OPCODE.globalSet, spare)
  const asked = 0
  const before = 1
  const missing = 2
  const step = 3
  emit(1, 3, I32)
  // before = memory.size - spare
  writeVisibleSize(writer, spare)
  emit(OPCODE.localSet, before)
  // if asked <= spare: spare -= asked; return before
  emit(OPCODE.localGet, asked)
  getSpare()
  emit(OPCODE.i32LeU, OPCODE.if, OPCODE.emptyBlockType)
  getSpare()
  emit(OPCODE.localGet, asked, OPCODE.i32Sub)
  setSpare()
  emit(OPCODE.localGet, before, OPCODE.return, OPCODE.end)
  // missing = asked - spare
  emit(OPCODE.localGet, asked)
  getSpare()
  emit(OPCODE.i32Sub, OPCODE.localSet, missing)
  // step = missing > 64 ? missing : 64
  emit(OPCODE.localGet, missing)
  writer.writeByte(OPCODE.i32Const)
  writer.writeSigned(CHUNK_PAGES)
  emit(OPCODE.localGet, missing)
  writer.writeByte(OPCODE.i32Const)
  writer.writeSigned(CHUNK_PAGES)
  emit(OPCODE.i32GtU, OPCODE.select, OPCODE.localSet, step)
  // if memory.grow(step) != -1: spare = step - missing; return before
  writeTryGrow(writer, step)
  emit(OPCODE.localGet, step, OPCODE.localGet, missing, OPCODE.i32Sub)
  setSpare()
  emit(OPCODE.localGet, before, OPCODE.return, OPCODE.end)
  // Near the maximum there may be room for what is missing, and no more.
  writeTryGrow(writer, missing)
  emit(OPCODE.i32Const, 0)
  setSpare()
  emit(OPCODE.localGet, before, OPCODE.return, OPCODE.end)
  writer.writeByte(OPCODE.i32Const)
  writer.writeSigned(-1)
  emit(OPCODE.end)
  return writer.take()
}

/** What stands in for `memory.size`: the pages that the module knows of. */
export function writeVisibleSize(writer: ByteWriter, spare: number): void {
  writer.writeBytes([OPCODE.memorySize, 0])
  writeGlobal(writer, OPCODE.globalGet, spare)
  writer.writeByte(OPCODE.i32Sub)
}

function writeTryGrow(writer: ByteWriter, local: number): void {
  writer.writeBytes([OPCODE.localGet, local, OPCODE.memoryGrow, 0])
  writer.writeByte(OPCODE.i32Const)
  writer.writeSigned(-1)
  writer.writeBytes([OPCODE.i32Ne, OPCODE.if, OPCODE.emptyBlockType])
}

function writeGlobal(writer: ByteWriter, opcode: number, index: number): void {
  writer.writeByte(opcode)
  writer.writeU32(index)
}
