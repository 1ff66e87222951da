// Rewrites a module so that it counts its own steps. A mutable global, exported as `portcullis_fuel`, goes down by one at
// every function entry and at every loop head, and the module traps when it falls below zero. Between two such places code
// runs straight on, so what the host puts into the global bounds the time, and by the same number on every machine.
// The global is the last one, so every index the module uses stays what it was: nothing but code bodies is touched.
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { decodeImports } from './imports.ts'
import { OPCODE, readInstruction } from './instruction.ts'
import { decodeModule, encodeModule, findSection, SECTION, withSection } from './module.ts'
import { WasmError } from './wasm-error.ts'

export const FUEL_EXPORT = 'portcullis_fuel'

/** What a module may spend before the host first sets its fuel: its start function. */
export const START_FUEL = 10_000_000

// memory.copy, memory.fill and memory.init do in one instruction what a loop would be charged for: a step for each 64 bytes.
const BULK_SHIFT = 6

const I32 = 0x7f
const I64 = 0x7e
const MUTABLE = 0x01
const EXPORT_KIND_GLOBAL = 0x03

/**
 * Returns the module with metering in it. Its behaviour is the same until the fuel is used up; then it traps with
 * `unreachable` and the global is negative, which it is at no other time.
 * @throws WasmError wasm-malformed, wasm-unsupported
 */
export function meterModule(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let module = decodeModule(bytes)
  const imported = decodeImports(module).filter((each) => each.kind === 'global').length
  const globals = readVector(findSection(module, SECTION.global), 'global section')
  // Ours follow the last one of the module's own.
  const fuel = imported + globals.count
  module = withSection(module, SECTION.global, appendGlobals(globals))
  module = withSection(
    module,
    SECTION.export,
    appendExport(readVector(findSection(module, SECTION.export), 'export section'), fuel),
  )
  const code = findSection(module, SECTION.code)
  if (code !== undefined) {
    module = withSection(module, SECTION.code, meterCode(code, fuel))
  }
  return encodeModule(module)
}

interface Vector {
  readonly count: number
  readonly elements: Uint8Array
}

function readVector(payload: Uint8Array | undefined, what: string): Vector {
  if (payload === undefined) return { count: 0, elements: new Uint8Array() }
  const reader = new ByteReader(payload)
  const count = reader.readCount(what)
  return { count, elements: payload.subarray(reader.position) }
}

// https://webassembly.github.io/spec/core/binary/modules.html#global-section
function appendGlobals(globals: Vector): Uint8Array {
  const writer = new ByteWriter(globals.elements.length + 24)
  writer.writeU32(globals.count + 2)
  writer.writeBytes(globals.elements)
  writer.writeBytes([I64, MUTABLE, OPCODE.i64Const])
  writer.writeSigned(START_FUEL)
  writer.writeByte(OPCODE.end)
  // The length of a bulk instruction rests here while it is charged; a local would need every function's type.
  writer.writeBytes([I32, MUTABLE, 0x41, 0x00, OPCODE.end])
  return writer.take()
}

// https://webassembly.github.io/spec/core/binary/modules.html#export-section
function appendExport(exports: Vector, fuel: number): Uint8Array {
  const writer = new ByteWriter(exports.elements.length + 32)
  writer.writeU32(exports.count + 1)
  writer.writeBytes(exports.elements)
  writer.writeName(FUEL_EXPORT)
  writer.writeByte(EXPORT_KIND_GLOBAL)
  writer.writeU32(fuel)
  return writer.take()
}

// https://webassembly.github.io/spec/core/binary/modules.html#code-section
function meterCode(payload: Uint8Array, fuel: number): Uint8Array {
  const inserts = { globals: fuel, step: stepCharge(fuel), bulk: bulkCharge(fuel, fuel + 1) }
  const reader = new ByteReader(payload)
  const count = reader.readCount('functions')
  const code = new ByteWriter(payload.length * 2)
  code.writeU32(count)
  for (let index = 0; index < count; index++) {
    const size = reader.readU32('size of a function')
    const body = reader.readBytes(size, `function ${index}`)
    code.writeVector(meterBody(body, inserts))
  }
  reader.expectEnd('code section')
  return code.take()
}

interface Inserts {
  /** How many globals the module has of its own. */
  readonly globals: number
  readonly step: Uint8Array
  readonly bulk: Uint8Array
}

function meterBody(body: Uint8Array, inserts: Inserts): Uint8Array {
  const reader = new ByteReader(body)
  for (let left = reader.readCount('locals'); left > 0; left--) {
    reader.readU32('number of locals')
    reader.readByte('value type')
  }
  const writer = new ByteWriter(body.length * 2 + inserts.step.length)
  let copied = 0
  const copyUpTo = (end: number): void => {
    writer.writeBytes(body.subarray(copied, end))
    copied = end
  }
  copyUpTo(reader.position)
  writer.writeBytes(inserts.step)
  for (let depth = 1; depth > 0;) {
    const start = reader.position
    switch (readInstruction(reader, inserts.globals)) {
      case 'plain':
        break
      case 'opens':
        depth++
        break
      case 'loop':
        // Behind the loop instruction: a branch to the loop comes here each time round.
        depth++
        copyUpTo(reader.position)
        writer.writeBytes(inserts.step)
        break
      case 'bulk':
        copyUpTo(start)
        writer.writeBytes(inserts.bulk)
        break
      case 'closes':
        depth--
        break
    }
  }
  if (reader.remaining > 0) {
    throw new WasmError('wasm-malformed', 'code goes on behind the end', reader.position)
  }
  copyUpTo(body.length)
  return writer.take()
}

function stepCharge(fuel: number): Uint8Array {
  const writer = new ByteWriter(32)
  writeGlobal(writer, OPCODE.globalGet, fuel)
  writer.writeBytes([OPCODE.i64Const, 1, OPCODE.i64Sub])
  writeGlobal(writer, OPCODE.globalSet, fuel)
  writeTrapWhenNegative(writer, fuel)
  return writer.take()
}

/** Charges by the number on top of the stack, which every bulk instruction takes as its length, and leaves it there. */
function bulkCharge(fuel: number, scratch: number): Uint8Array {
  const writer = new ByteWriter(48)
  writeGlobal(writer, OPCODE.globalSet, scratch)
  writeGlobal(writer, OPCODE.globalGet, fuel)
  writeGlobal(writer, OPCODE.globalGet, scratch)
  writer.writeBytes([OPCODE.i64ExtendI32U, OPCODE.i64Const, BULK_SHIFT, OPCODE.i64ShrU])
  writer.writeByte(OPCODE.i64Sub)
  writeGlobal(writer, OPCODE.globalSet, fuel)
  writeTrapWhenNegative(writer, fuel)
  writeGlobal(writer, OPCODE.globalGet, scratch)
  return writer.take()
}

function writeTrapWhenNegative(writer: ByteWriter, fuel: number): void {
  writeGlobal(writer, OPCODE.globalGet, fuel)
  writer.writeBytes([OPCODE.i64Const, 0, OPCODE.i64LtS])
  writer.writeBytes([OPCODE.if, OPCODE.emptyBlockType, OPCODE.unreachable, OPCODE.end])
}

function writeGlobal(writer: ByteWriter, opcode: number, index: number): void {
  writer.writeByte(opcode)
  writer.writeU32(index)
}
