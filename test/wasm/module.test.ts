import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFixtureModule } from '../policy/fixtures/compile.ts'
import { buildModule } from '../support/wasm-module.ts'
import { HANDED_OVER } from '../../src/policy/builtin-calls.ts'
import { decodeImports } from '../../src/wasm/imports.ts'
import { meterModule } from '../../src/wasm/meter.ts'
import { decodeModule, encodeModule, SECTION, withSection } from '../../src/wasm/module.ts'
import { WasmError } from '../../src/wasm/wasm-error.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

describe('a module', () => {
  test('of OPA’s is the same bytes after decoding and encoding', () => {
    const wasm = readFixtureModule()
    expect(Buffer.compare(encodeModule(decodeModule(wasm)), wasm)).toBe(0)
  })

  test('made of any sections is the same after encoding and decoding', () => {
    const payload = fc.uint8Array({ maxLength: 300 })
    const ids = fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11] as const)
    fc.assert(
      fc.property(ids, fc.array(payload, { minLength: 12, maxLength: 12 }), (chosen, payloads) => {
        const sections = chosen.map((id, i) => ({ id, payload: payloads[i] ?? new Uint8Array() }))
        expect(decodeModule(encodeModule({ sections }))).toEqual({ sections })
      }),
    )
  })

  test('gets a new section where the order wants it, custom ones staying where they were', () => {
    const custom = { id: SECTION.custom, payload: Uint8Array.of(1, 0x61) }
    const module = {
      sections: [
        custom,
        { id: SECTION.type, payload: Uint8Array.of(0) },
        { id: SECTION.code, payload: Uint8Array.of(0) },
        custom,
      ],
    }
    const ids = withSection(module, SECTION.dataCount, Uint8Array.of(0)).sections.map(
      (each) => each.id,
    )
    expect(ids).toEqual([
      SECTION.custom,
      SECTION.type,
      SECTION.dataCount,
      SECTION.code,
      SECTION.custom,
    ])
  })

  test('tells its imports, a memory’s limits with them', () => {
    const wasm = buildModule({
      imports: [
        { module: 'env', name: 'memory', memoryPages: 300 },
        { module: 'wasi_snapshot_preview1', name: 'fd_write', params: 4, result: true },
      ],
      functions: [],
    })
    expect(decodeImports(decodeModule(wasm))).toEqual([
      { kind: 'memory', module: 'env', name: 'memory', minimumPages: 300 },
      { kind: 'function', module: 'wasi_snapshot_preview1', name: 'fd_write', type: 0 },
    ])
  })
})

describe('hostile bytes', () => {
  test.each([
    ['nothing', []],
    ['another magic', [0x01, 0x61, 0x73, 0x6d, 1, 0, 0, 0]],
    ['version 2', [0x00, 0x61, 0x73, 0x6d, 2, 0, 0, 0]],
    ['an unknown section', [...HEADER, 13, 0]],
    ['a section twice', [...HEADER, 1, 1, 0, 1, 1, 0]],
    ['sections out of order', [...HEADER, 3, 1, 0, 1, 1, 0]],
    ['a section longer than the file', [...HEADER, 1, 0x7f, 0]],
    ['a size of 4 GiB', [...HEADER, 1, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a size past 32 bits', [...HEADER, 1, 0xff, 0xff, 0xff, 0xff, 0x1f]],
    ['a size that never ends', [...HEADER, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ['a custom section whose name is longer than it', [...HEADER, 0, 1, 9]],
    ['four milliards of imports', [...HEADER, 2, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['four milliards of functions', [...HEADER, 10, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['four milliards of locals', [...HEADER, 10, 8, 1, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b]],
    ['a body longer than the section', [...HEADER, 10, 3, 1, 9, 0]],
    ['a body without its end', [...HEADER, 10, 4, 1, 2, 0, 0x01]],
    ['a body that goes on behind its end', [...HEADER, 10, 6, 1, 4, 0, 0x0b, 0x01, 0x0b]],
    [
      'a br_table of four milliards',
      [...HEADER, 10, 10, 1, 8, 0, 0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b],
    ],
  ])('%s: refused', (_, bytes) => {
    expect(() => meterModule(Uint8Array.from(bytes))).toThrow(WasmError)
  })

  test.each([
    ['an unknown opcode', [0x06]],
    ['a tail call', [0x12, 0x00]],
    ['a typed select', [0x1c, 0x01, 0x7f]],
    ['a SIMD instruction', [0xfd, 0x0c]],
    ['an atomic instruction', [0xfe, 0x00]],
    ['a table instruction', [0xfc, 0x0f, 0x00]],
    ['a load from a second memory', [0x28, 0x42, 0x01, 0x00]],
    ['a copy between memories', [0xfc, 0x0a, 0x01, 0x00]],
    ['an exception handler', [0x06, 0x40]],
  ])('%s in code: refused as unsupported', (_, code) => {
    const wasm = buildModule({ functions: [{ code }] })
    expect(() => meterModule(wasm)).toThrow(expect.objectContaining({ code: 'wasm-unsupported' }))
  })

  test('truncated at any byte: refused, or not a module to V8 either', () => {
    const whole = buildModule({
      imports: [{ module: 'env', name: 'memory', memoryPages: 1 }],
      globals: [{ value: 7, exportAs: 'seven' }],
      functions: [
        {
          params: 1,
          result: true,
          exportAs: 'f',
          code: [0x20, 0x00, 0x0e, 0x01, 0x00, 0x00, 0x41, 0x01],
        },
      ],
      data: [{ at: 0, text: 'text' }],
    })
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length)
      expect(meterOrRefuse(cut)).toBe(WebAssembly.validate(cut))
    }
  })

  test('a truncated module of OPA’s is refused, wherever it ends', () => {
    const wasm = readFixtureModule()
    for (let length = 0; length < wasm.length - 1; length += 4099) {
      const cut = wasm.slice(0, length)
      if (!WebAssembly.validate(cut)) expect(meterOrRefuse(cut)).toBe(false)
    }
  })

  test('random bytes throw nothing but WasmError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        meterOrRefuse(Uint8Array.from([...HEADER, ...bytes]))
      }),
      { numRuns: 2000 },
    )
  })

  test('a module of OPA’s with bytes changed is refused, or still valid once metered where it was before', () => {
    const wasm = readFixtureModule()
    const change = fc.record({ at: fc.nat(wasm.length - 1), to: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const mutant = Uint8Array.from(wasm)
        for (const { at, to } of changes) mutant[at] = to
        meterOrRefuse(mutant)
      }),
      { numRuns: 40 },
    )
  })
})

/** Says whether it was metered into something valid; whatever was valid must stay so, and be refused only as unsupported. */
function meterOrRefuse(bytes: Uint8Array): boolean {
  const before = WebAssembly.validate(Uint8Array.from(bytes))
  let metered: Uint8Array<ArrayBuffer>
  try {
    metered = meterModule(bytes, HANDED_OVER)
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
    if (before) expect(error.code).toBe('wasm-unsupported')
    return false
  }
  expect(WebAssembly.validate(metered)).toBe(before)
  return before
}
