// Writes small WebAssembly modules by hand, from bytes of code: hostile ones that no compiler would make.
import { ByteWriter } from '../../src/wasm/byte-writer.ts'
import { encodeModule, SECTION, type Section, type SectionId } from '../../src/wasm/module.ts'

export interface TestFunction {
  /** How many i32 it takes. */
  readonly params?: number
  /** Gives back an i32. */
  readonly result?: boolean
  readonly locals?: number
  /** Without the `end` of the function. */
  readonly code: readonly number[]
  readonly exportAs?: string
}

export interface TestModule {
  readonly imports?: readonly (
    | { readonly module: string; readonly name: string; readonly memoryPages: number }
    | {
        readonly module: string
        readonly name: string
        readonly params: number
        readonly result?: boolean
      }
  )[]
  readonly functions: readonly TestFunction[]
  /** Mutable i32. */
  readonly globals?: readonly { readonly value: number; readonly exportAs?: string }[]
  readonly data?: readonly { readonly at: number; readonly text: string }[]
  /** Index of the start function, imported ones counted. */
  readonly start?: number
}

const I32 = 0x7f

export function buildModule(module: TestModule): Uint8Array {
  const imports = module.imports ?? []
  const importedFunctions = imports.filter((each) => 'params' in each).length
  const types: { params: number; result: boolean }[] = []
  const typeOf = (params: number, result: boolean): number => {
    const found = types.findIndex((each) => each.params === params && each.result === result)
    return found === -1 ? types.push({ params, result }) - 1 : found
  }
  const importSection = vector(imports, (writer, each) => {
    writer.writeName(each.module)
    writer.writeName(each.name)
    if ('params' in each) {
      writer.writeByte(0x00)
      writer.writeU32(typeOf(each.params, each.result ?? false))
    } else {
      writer.writeBytes([0x02, 0x00])
      writer.writeU32(each.memoryPages)
    }
  })
  const functionSection = vector(module.functions, (writer, each) =>
    writer.writeU32(typeOf(each.params ?? 0, each.result ?? false)),
  )
  const globalSection = vector(module.globals ?? [], (writer, each) => {
    writer.writeBytes([I32, 0x01, 0x41])
    writer.writeSigned(each.value)
    writer.writeByte(0x0b)
  })
  const exports = [
    ...module.functions.map((each, i) => ({
      name: each.exportAs,
      kind: 0,
      index: i + importedFunctions,
    })),
    ...(module.globals ?? []).map((each, i) => ({ name: each.exportAs, kind: 3, index: i })),
  ].flatMap(({ name, ...rest }) => (name === undefined ? [] : [{ name, ...rest }]))
  const exportSection = vector(exports, (writer, each) => {
    writer.writeName(each.name)
    writer.writeByte(each.kind)
    writer.writeU32(each.index)
  })
  const codeSection = vector(module.functions, (writer, each) => {
    const locals = each.locals ?? 0
    writer.writeVector(
      Uint8Array.from([...(locals === 0 ? [0] : [1, locals, I32]), ...each.code, 0x0b]),
    )
  })
  const dataSection = vector(module.data ?? [], (writer, each) => {
    writer.writeBytes([0x00, 0x41])
    writer.writeSigned(each.at)
    writer.writeByte(0x0b)
    writer.writeName(each.text)
  })
  const typeSection = vector(types, (writer, each) => {
    writer.writeByte(0x60)
    writer.writeVector(new Uint8Array(each.params).fill(I32))
    writer.writeBytes(each.result ? [1, I32] : [0])
  })
  const sections: Section[] = [section(SECTION.type, typeSection)]
  if (imports.length > 0) sections.push(section(SECTION.import, importSection))
  sections.push(section(SECTION.function, functionSection))
  if (module.globals !== undefined) sections.push(section(SECTION.global, globalSection))
  if (exports.length > 0) sections.push(section(SECTION.export, exportSection))
  if (module.start !== undefined) {
    sections.push(section(SECTION.start, Uint8Array.of(module.start)))
  }
  sections.push(section(SECTION.code, codeSection))
  if (module.data !== undefined) sections.push(section(SECTION.data, dataSection))
  return encodeModule({ sections })
}

/** `i32.const value`. */
export function i32(value: number): number[] {
  const writer = new ByteWriter(8)
  writer.writeByte(0x41)
  writer.writeSigned(value)
  return [...writer.take()]
}

function section(id: SectionId, payload: Uint8Array): Section {
  return { id, payload }
}

function vector<T>(items: readonly T[], write: (writer: ByteWriter, item: T) => void): Uint8Array {
  const writer = new ByteWriter(256)
  writer.writeU32(items.length)
  for (const item of items) write(writer, item)
  return writer.take()
}
