// The module at the level of its sections, whose payloads stay bytes until someone asks.
// https://webassembly.github.io/spec/core/binary/modules.html#binary-module
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { WasmError } from './wasm-error.ts'

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const

export type SectionId = (typeof SECTION)[keyof typeof SECTION]

export interface Section {
  readonly id: SectionId
  readonly payload: Uint8Array
}

export interface WasmModule {
  /** In the file's order, custom sections among them. */
  readonly sections: readonly Section[]
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const

// The order in which sections may stand: dataCount, the last one by number, comes before the code.
const ORDER: readonly SectionId[] = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.global,
  SECTION.export,
  SECTION.start,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
]

/** Payloads are views into `bytes`. @throws WasmError wasm-malformed, wasm-unsupported */
export function decodeModule(bytes: Uint8Array): WasmModule {
  const reader = new ByteReader(bytes)
  for (const expected of MAGIC_AND_VERSION) {
    if (reader.readByte('header') !== expected) {
      throw new WasmError(
        'wasm-malformed',
        'not a WebAssembly module of version 1',
        reader.position - 1,
      )
    }
  }
  const sections: Section[] = []
  let last = -1
  while (reader.remaining > 0) {
    const start = reader.position
    const id = reader.readByte('section id')
    if (!isSectionId(id)) {
      throw new WasmError('wasm-unsupported', `section ${id} is not known`, start)
    }
    if (id !== SECTION.custom) {
      const place = ORDER.indexOf(id)
      if (place <= last) {
        throw new WasmError('wasm-malformed', `section ${id} is out of order or there twice`, start)
      }
      last = place
    }
    const payload = reader.readBytes(reader.readU32('section size'), `section ${id}`)
    if (id === SECTION.custom) {
      const name = new ByteReader(payload)
      name.readBytes(name.readU32('custom section'), 'name of a custom section')
    }
    sections.push({ id, payload })
  }
  return { sections }
}

export function encodeModule(module: WasmModule): Uint8Array<ArrayBuffer> {
  const size = module.sections.reduce((sum, each) => sum + each.payload.length + 6, 8)
  const writer = new ByteWriter(size)
  writer.writeBytes(MAGIC_AND_VERSION)
  for (const section of module.sections) {
    writer.writeByte(section.id)
    writer.writeVector(section.payload)
  }
  return writer.take()
}

export function findSection(module: WasmModule, id: SectionId): Uint8Array | undefined {
  return module.sections.find((each) => each.id === id)?.payload
}

/** Returns the module with that section in its place, instead of the one it had. */
export function withSection(module: WasmModule, id: SectionId, payload: Uint8Array): WasmModule {
  const place = ORDER.indexOf(id)
  const sections: Section[] = []
  let written = false
  for (const section of module.sections) {
    if (!written && section.id !== SECTION.custom && ORDER.indexOf(section.id) >= place) {
      sections.push({ id, payload })
      written = true
    }
    if (section.id !== id) sections.push(section)
  }
  if (!written) sections.push({ id, payload })
  return { sections }
}

function isSectionId(id: number): id is SectionId {
  return id === SECTION.custom || ORDER.some((each) => each === id)
}
