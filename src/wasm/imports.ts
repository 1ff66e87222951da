// https://webassembly.github.io/spec/core/binary/modules.html#import-section
import { ByteReader } from './byte-reader.ts'
import { findSection, SECTION, type WasmModule } from './module.ts'
import { WasmError } from './wasm-error.ts'

export type Import =
  | {
      readonly kind: 'function'
      readonly module: string
      readonly name: string
      /** An index into the module's types. */
      readonly type: number
    }
  | { readonly kind: 'table'; readonly module: string; readonly name: string }
  | { readonly kind: 'global'; readonly module: string; readonly name: string }
  | {
      readonly kind: 'memory'
      readonly module: string
      readonly name: string
      readonly minimumPages: number
      readonly maximumPages?: number
    }

/** @throws WasmError wasm-malformed, wasm-unsupported */
export function decodeImports(module: WasmModule): Import[] {
  const payload = findSection(module, SECTION.import)
  if (payload === undefined) return []
  const reader = new ByteReader(payload)
  const imports: Import[] = []
  for (let left = reader.readCount('imports'); left > 0; left--) imports.push(readImport(reader))
  reader.expectEnd('import section')
  return imports
}

function readImport(reader: ByteReader): Import {
  const module = readName(reader)
  const name = readName(reader)
  const kind = reader.readByte('import kind')
  switch (kind) {
    case 0x00:
      return { kind: 'function', module, name, type: reader.readU32('type index') }
    case 0x01:
      reader.readByte('reference type')
      readLimits(reader)
      return { kind: 'table', module, name }
    case 0x02:
      return { kind: 'memory', module, name, ...readLimits(reader) }
    case 0x03:
      reader.readByte('value type')
      reader.readByte('mutability')
      return { kind: 'global', module, name }
    default:
      throw new WasmError(
        'wasm-unsupported',
        `an import of kind ${kind} is not known`,
        reader.position - 1,
      )
  }
}

function readLimits(reader: ByteReader): { minimumPages: number; maximumPages?: number } {
  const flags = reader.readByte('limits')
  if (flags > 1) {
    throw new WasmError(
      'wasm-unsupported',
      'shared and 64-bit memories are not supported',
      reader.position - 1,
    )
  }
  const minimumPages = reader.readU32('minimum')
  return flags === 0 ? { minimumPages } : { minimumPages, maximumPages: reader.readU32('maximum') }
}

function readName(reader: ByteReader): string {
  const bytes = reader.readBytes(reader.readU32('name'), 'name')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw reader.malformed('a name is not UTF-8')
  }
}
