// Rewrites a module so that it counts its own steps. A mutable global, exported as `portcullis_fuel`, goes down by one at
// every function entry and at every loop head, and the module traps when it falls below zero. Between two such places code
// runs straight on, so what the host puts into the global bounds the time, and by the same number on every machine.
// What is added stands last in its section, so every index that the module uses stays what it was.
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { GROW_TYPE, growFunction, writeVisibleSize } from './grow-memory.ts'
import { readFunctionNames, readFunctionTypes, readTypes } from './functions.ts'
import { decodeImports, type Import } from './imports.ts'
import { OPCODE, readInstruction, skipPlain } from './instruction.ts'
import {
  decodeModule,
  encodeModule,
  findSection,
  SECTION,
  withSection,
  type WasmModule,
} from './module.ts'
import { WasmError } from './wasm-error.ts'

export const FUEL_EXPORT = 'portcullis_fuel'

/** What a module may spend before the host first sets its fuel: its start function. */
export const START_FUEL = 10_000_000

// memory.copy, memory.fill and memory.init do in one instruction what a loop would be charged for: a step for each 64 bytes.
const BULK_SHIFT = 6

const I32 = 0x7f
const MUTABLE = 0x01
const NO_LOCALS = 0x00
const EXPORT_KIND_GLOBAL = 0x03

/**
 * Returns the module with metering in it. Its behaviour is the same until the fuel is used up; then it traps with
 * `unreachable` and the global is negative, which it is at no other time.
 * @param handedOver Functions that call the host instead. One that the module does not name, or that is of another type, stays.
 * @throws WasmError wasm-malformed, wasm-unsupported
 */
export function meterModule(
  bytes: Uint8Array,
  handedOver: readonly HandedOver[] = [],
): Uint8Array<ArrayBuffer> {
  // A copy: views of a Buffer are slow to make.
  const own = new Uint8Array(bytes)
  const metered = encodeModule(addMetering(decodeModule(own), handedOver))
  // Judged as it came: an index one past the end is invalid there, and would mean something of ours in what we made of it,
  // the fuel for one.
  if (!WebAssembly.validate(own)) {
    throw new WasmError('wasm-malformed', 'not a valid WebAssembly module', 0)
  }
  return metered
}

/** A function that the host is to answer in the module's place: of i32 alone, the result among them. */
export interface HandedOver {
  /** In the module's name section. */
  readonly name: string
  readonly parameters: number
  /** A function that the module imports from `env`. It is called with `id`, 0, and what the function was called with. */
  readonly by: string
  readonly id: number
}

function addMetering(module: WasmModule, handedOver: readonly HandedOver[]): WasmModule {
  const imports = decodeImports(module)
  const types = readVector(module, SECTION.type)
  const functions = readVector(module, SECTION.function)
  const globals = readVector(module, SECTION.global)
  const code = readVector(module, SECTION.code)
  const firstGlobal = globals.count + imports.filter((each) => each.kind === 'global').length
  const added: Added = {
    fuel: firstGlobal,
    scratch: firstGlobal + 1,
    spare: firstGlobal + 2,
    grow: functions.count + imports.filter((each) => each.kind === 'function').length,
  }
  const hasMemory =
    imports.some((each) => each.kind === 'memory') || readVector(module, SECTION.memory).count > 0
  const sections: [id: 1 | 3 | 6 | 7 | 10, payload: Uint8Array][] = [
    [SECTION.global, append(globals, 3, (writer) => writeGlobals(writer))],
    [
      SECTION.export,
      append(readVector(module, SECTION.export), 1, (writer) => writeExport(writer, added)),
    ],
    [SECTION.code, meterCode(code, added, hasMemory, findCalls(module, imports, handedOver))],
  ]
  if (hasMemory) {
    sections.push(
      [SECTION.type, append(types, 1, (writer) => writer.writeBytes(GROW_TYPE))],
      [SECTION.function, append(functions, 1, (writer) => writer.writeU32(types.count))],
    )
  }
  return sections.reduce((result, [id, payload]) => withSection(result, id, payload), module)
}

/** Indices of what metering adds. */
interface Added {
  readonly fuel: number
  /** Holds the length of a bulk instruction while it is charged; a local would need every function's type. */
  readonly scratch: number
  readonly spare: number
  /** The function that stands in for memory.grow. */
  readonly grow: number
}

interface Vector {
  readonly count: number
  readonly elements: Uint8Array
}

function readVector(module: WasmModule, id: 1 | 3 | 5 | 6 | 7 | 10): Vector {
  const payload = findSection(module, id)
  if (payload === undefined) return { count: 0, elements: new Uint8Array() }
  const reader = new ByteReader(payload)
  const count = reader.readCount(`section ${id}`)
  return { count, elements: payload.subarray(reader.position) }
}

function append(vector: Vector, count: number, write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(vector.elements.length + 48)
  writer.writeU32(vector.count + count)
  writer.writeBytes(vector.elements)
  write(writer)
  return writer.take()
}

// https://webassembly.github.io/spec/core/binary/modules.html#global-section
function writeGlobals(writer: ByteWriter): void {
  writer.writeBytes([I32, MUTABLE, OPCODE.i32Const])
  writer.writeSigned(START_FUEL)
  writer.writeByte(OPCODE.end)
  for (let left = 2; left > 0; left--) {
    writer.writeBytes([I32, MUTABLE, OPCODE.i32Const, 0x00, OPCODE.end])
  }
}

// https://webassembly.github.io/spec/core/binary/modules.html#export-section
function writeExport(writer: ByteWriter, added: Added): void {
  writer.writeName(FUEL_EXPORT)
  writer.writeByte(EXPORT_KIND_GLOBAL)
  writer.writeU32(added.fuel)
}

/** Gives the body of each function that is handed over, without its charge, by its place in the code section. */
function findCalls(
  module: WasmModule,
  imports: readonly Import[],
  handedOver: readonly HandedOver[],
): ReadonlyMap<number, Uint8Array> {
  const calls = new Map<number, Uint8Array>()
  if (handedOver.length === 0) return calls
  try {
    const names = readFunctionNames(module)
    const types = readFunctionTypes(module, imports)
    const isType = readTypes(module)
    const imported = imports.filter((each) => each.kind === 'function')
    for (const { name, parameters, by, id } of handedOver) {
      const index = names.get(name)
      const target = imported.findIndex((each) => each.module === 'env' && each.name === by)
      if (index === undefined || index < imported.length || target < 0) continue
      if (!isType(types[index], parameters) || !isType(types[target], parameters + 2)) continue
      calls.set(index - imported.length, callOf(target, id, parameters))
    }
  } catch (error) {
    // Whether the module is valid is not for this to say.
    if (!(error instanceof WasmError)) throw error
    calls.clear()
  }
  return calls
}

function callOf(target: number, id: number, parameters: number): Uint8Array {
  const writer = new ByteWriter(32)
  writer.writeByte(OPCODE.i32Const)
  writer.writeSigned(id)
  writer.writeBytes([OPCODE.i32Const, 0])
  for (let local = 0; local < parameters; local++) {
    writer.writeBytes([OPCODE.localGet, local])
  }
  writer.writeByte(OPCODE.call)
  writer.writeU32(target)
  return writer.take()
}

// https://webassembly.github.io/spec/core/binary/modules.html#code-section
function meterCode(
  code: Vector,
  added: Added,
  hasMemory: boolean,
  calls: ReadonlyMap<number, Uint8Array>,
): Uint8Array {
  const inserts = makeInserts(added)
  const reader = new ByteReader(code.elements)
  const writer = new ByteWriter(code.elements.length * 2)
  writer.writeU32(code.count + (hasMemory ? 1 : 0))
  for (let index = 0; index < code.count; index++) {
    const size = reader.readU32('size of a function')
    const body = reader.readBytes(size, `function ${index}`)
    const call = calls.get(index)
    writer.writeVectorOf(() => {
      if (call === undefined) meterBody(body, inserts, writer)
      else writer.writeBytes([NO_LOCALS, ...inserts.step, ...call, OPCODE.end])
    })
  }
  reader.expectEnd('code section')
  if (hasMemory) writer.writeVector(growFunction(added.spare))
  return writer.take()
}

interface Inserts {
  readonly step: Uint8Array
  readonly bulk: Uint8Array
  readonly memorySize: Uint8Array
  readonly memoryGrow: Uint8Array
}

function makeInserts(added: Added): Inserts {
  const memorySize = new ByteWriter(16)
  writeVisibleSize(memorySize, added.spare)
  const memoryGrow = new ByteWriter(16)
  memoryGrow.writeByte(OPCODE.call)
  memoryGrow.writeU32(added.grow)
  return {
    step: stepCharge(added),
    bulk: bulkCharge(added),
    memorySize: memorySize.take(),
    memoryGrow: memoryGrow.take(),
  }
}

function meterBody(body: Uint8Array, inserts: Inserts, writer: ByteWriter): void {
  const reader = new ByteReader(body)
  for (let left = reader.readCount('locals'); left > 0; left--) {
    reader.readU32('number of locals')
    reader.readByte('value type')
  }
  let copied = 0
  const copyUpTo = (end: number): void => {
    writer.writeBytes(body.subarray(copied, end))
    copied = end
  }
  const replaceFrom = (start: number, insert: Uint8Array): void => {
    copyUpTo(start)
    writer.writeBytes(insert)
    copied = reader.position
  }
  copyUpTo(reader.position)
  writer.writeBytes(inserts.step)
  for (skipPlain(reader); reader.remaining > 0; skipPlain(reader)) {
    const start = reader.position
    switch (readInstruction(reader)) {
      case 'plain':
        break
      case 'loop':
        // Behind the loop instruction: a branch to the loop comes here each time round.
        copyUpTo(reader.position)
        writer.writeBytes(inserts.step)
        break
      case 'bulk':
        copyUpTo(start)
        writer.writeBytes(inserts.bulk)
        break
      case 'size':
        replaceFrom(start, inserts.memorySize)
        break
      case 'grow':
        replaceFrom(start, inserts.memoryGrow)
        break
    }
  }
  copyUpTo(body.length)
}

function stepCharge(added: Added): Uint8Array {
  const writer = new ByteWriter(32)
  writeGlobal(writer, OPCODE.globalGet, added.fuel)
  writer.writeBytes([OPCODE.i32Const, 1, OPCODE.i32Sub])
  writeGlobal(writer, OPCODE.globalSet, added.fuel)
  writeTrapWhenNegative(writer, added)
  return writer.take()
}

/** Charges by the number on top of the stack, which every bulk instruction takes as its length, and leaves it there. */
function bulkCharge(added: Added): Uint8Array {
  const writer = new ByteWriter(48)
  writeGlobal(writer, OPCODE.globalSet, added.scratch)
  writeGlobal(writer, OPCODE.globalGet, added.fuel)
  writeGlobal(writer, OPCODE.globalGet, added.scratch)
  writer.writeBytes([OPCODE.i32Const, BULK_SHIFT, OPCODE.i32ShrU, OPCODE.i32Sub])
  writeGlobal(writer, OPCODE.globalSet, added.fuel)
  writeTrapWhenNegative(writer, added)
  writeGlobal(writer, OPCODE.globalGet, added.scratch)
  return writer.take()
}

function writeTrapWhenNegative(writer: ByteWriter, added: Added): void {
  writeGlobal(writer, OPCODE.globalGet, added.fuel)
  writer.writeBytes([OPCODE.i32Const, 0, OPCODE.i32LtS])
  writer.writeBytes([OPCODE.if, OPCODE.emptyBlockType, OPCODE.unreachable, OPCODE.end])
}

function writeGlobal(writer: ByteWriter, opcode: number, index: number): void {
  writer.writeByte(opcode)
  writer.writeU32(index)
}
