// Functions of a module by the names that its name section gives them, and their types. The section is for people and debuggers, and
// a module does without.
// https://webassembly.github.io/spec/core/appendix/custom.html#name-section
import { ByteReader } from './byte-reader.ts'
import type { Import } from './imports.ts'
import { findSection, SECTION, type WasmModule } from './module.ts'

const FUNCTION_NAMES = 1
const FUNCTION_TYPE = 0x60
const I32 = 0x7f

const decoder = new TextDecoder('latin1')

/** Says whether a type takes so many i32 and gives one. */
export type IsType = (type: number | undefined, parameters: number) => boolean

/** Gives the index, imports counted, of each function whose name no other has. @throws WasmError wasm-malformed */
export function readFunctionNames(module: WasmModule): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  const twice = new Set<string>()
  for (const { name, index } of decodeNames(module)) {
    if (names.has(name)) twice.add(name)
    names.set(name, index)
  }
  for (const name of twice) names.delete(name)
  return names
}

/** Gives the type of a function by its index, imports counted. @throws WasmError wasm-malformed */
export function readFunctionTypes(
  module: WasmModule,
  imports: readonly Import[],
): readonly number[] {
  const imported = imports.flatMap((each) => (each.kind === 'function' ? [each.type] : []))
  const payload = findSection(module, SECTION.function)
  if (payload === undefined) return imported
  const reader = new ByteReader(payload)
  const count = reader.readCount('functions')
  return [...imported, ...Array.from({ length: count }, () => reader.readU32('type index'))]
}

/** @throws WasmError wasm-malformed, and for a type that is no function's or has more than numbers. */
export function readTypes(module: WasmModule): IsType {
  const payload = findSection(module, SECTION.type)
  const simple: (number | undefined)[] = []
  if (payload !== undefined) {
    const reader = new ByteReader(payload)
    for (let left = reader.readCount('types'); left > 0; left--) simple.push(readType(reader))
  }
  return (type, parameters) => type !== undefined && simple[type] === parameters
}

/** Gives how many i32 the type takes, where it takes nothing else and gives one. */
function readType(reader: ByteReader): number | undefined {
  if (reader.readByte('type') !== FUNCTION_TYPE) throw reader.malformed('a type of no function')
  const parameters = reader.readBytes(reader.readU32('parameters'), 'parameters')
  const results = reader.readBytes(reader.readU32('results'), 'results')
  const isSimple = parameters.every((each) => each === I32) && results.length === 1
  return isSimple && results[0] === I32 ? parameters.length : undefined
}

function* decodeNames(module: WasmModule): Generator<{ name: string; index: number }> {
  for (const { id, payload } of module.sections) {
    if (id !== SECTION.custom) continue
    const reader = new ByteReader(payload)
    if (readName(reader) !== 'name') continue
    while (reader.remaining > 0) {
      const kind = reader.readByte('subsection')
      const names = new ByteReader(reader.readBytes(reader.readU32('subsection'), 'subsection'))
      if (kind !== FUNCTION_NAMES) continue
      for (let left = names.readCount('names'); left > 0; left--) {
        const index = names.readU32('function')
        yield { name: readName(names), index }
      }
    }
  }
}

/** Names that anybody looks for are of ASCII: how another is spelled does not matter. */
function readName(reader: ByteReader): string {
  return decoder.decode(reader.readBytes(reader.readU32('name'), 'name'))
}
