import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFixtureModule } from '../policy/fixtures/compile.ts'
import { buildModule, i32, type TestModule } from '../support/wasm-module.ts'
import { FUEL_EXPORT, meterModule, START_FUEL } from '../../src/wasm/meter.ts'
import { decodeModule } from '../../src/wasm/module.ts'
import { WasmError } from '../../src/wasm/wasm-error.ts'

// Counts down from its argument; gives back 7.
const COUNT_DOWN = [
  [0x03, 0x40], // loop
  [0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00], // local 0 := local 0 - 1
  [0x0d, 0x00], // br_if to the loop
  [0x0b], // end
  i32(7),
].flat()

describe('a metered module', () => {
  test('pays a step at its entry and for each time round a loop', () => {
    const { call, fuel } = run({
      functions: [{ exportAs: 'f', params: 1, result: true, code: COUNT_DOWN }],
    })
    fuel.value = 1000
    expect(call(100)).toBe(7)
    expect(fuel.value).toBe(1000 - 101)
  })

  test('runs to the last step of its fuel, and traps at the next', () => {
    const { call, fuel } = run({
      functions: [{ exportAs: 'f', params: 1, result: true, code: COUNT_DOWN }],
    })
    fuel.value = 101
    expect(call(100)).toBe(7)
    expect(fuel.value).toBe(0)
    fuel.value = 100
    expect(() => call(100)).toThrow(WebAssembly.RuntimeError)
    expect(fuel.value).toBe(-1)
  })

  test('stops a loop without end', () => {
    const { call, fuel } = run({
      functions: [{ exportAs: 'f', code: [0x03, 0x40, 0x0c, 0x00, 0x0b] }],
    })
    fuel.value = 1_000_000
    expect(() => call()).toThrow('unreachable')
  })

  test('stops recursion that only calls', () => {
    // f(n): if n > 0 then f(n - 1); f(n - 1)
    const again = [0x20, 0x00, 0x41, 0x01, 0x6b, 0x10, 0x00]
    const code = [0x20, 0x00, 0x04, 0x40, ...again, ...again, 0x0b]
    const { call, fuel } = run({ functions: [{ exportAs: 'f', params: 1, code }] })
    fuel.value = 1_000_000
    expect(() => call(60)).toThrow('unreachable')
  })

  test('pays for filling and copying memory by the length', () => {
    const memory = [{ module: 'env', name: 'memory', memoryPages: 16 }]
    const fill = [...i32(0), ...i32(7), 0x20, 0x00, 0xfc, 0x0b, 0x00]
    const copy = [...i32(8), ...i32(0), 0x20, 0x00, 0xfc, 0x0a, 0x00, 0x00]
    for (const code of [fill, copy]) {
      const { call, fuel } = run({
        imports: memory,
        functions: [{ exportAs: 'f', params: 1, code }],
      })
      fuel.value = 100_000
      call(640_000)
      expect(fuel.value).toBe(100_000 - 1 - 10_000)
      fuel.value = 100
      expect(() => call(640_000)).toThrow('unreachable')
    }
  })

  test('sees a memory that grows by what it asks for, up to the maximum and no further', () => {
    const wasm = meterModule(
      buildModule({
        imports: [{ module: 'env', name: 'memory', memoryPages: 1 }],
        functions: [
          { exportAs: 'grow', params: 1, result: true, code: [0x20, 0x00, 0x40, 0x00] },
          { exportAs: 'size', result: true, code: [0x3f, 0x00] },
        ],
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 12 }), (asks) => {
        const memory = new WebAssembly.Memory({ initial: 3, maximum: 200 })
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
          env: { memory },
        })
        const grow = exports['grow'] as (pages: number) => number
        const size = exports['size'] as () => number
        let expected = 3
        for (const pages of asks) {
          const fits = expected + pages <= 200
          expect(grow(pages)).toBe(fits ? expected : -1)
          if (fits) expected += pages
          expect(size()).toBe(expected)
          expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(expected * 65_536)
          expect(memory.buffer.byteLength).toBeLessThanOrEqual((expected + 64) * 65_536)
        }
        expect(grow(-1)).toBe(-1)
      }),
    )
  })

  test('cannot start for ever', () => {
    const wasm = meterModule(
      buildModule({ functions: [{ code: [0x03, 0x40, 0x0c, 0x00, 0x0b] }], start: 0 }),
    )
    expect(() => new WebAssembly.Instance(new WebAssembly.Module(wasm))).toThrow('unreachable')
    expect(START_FUEL).toBeLessThan(100_000_000)
  })

  test('cannot name the global that counts, which without metering would not be there', () => {
    for (const index of [1, 2]) {
      const wasm = buildModule({
        globals: [{ value: 0 }],
        functions: [{ code: [...i32(9), 0x24, index] }],
      })
      expect(() => meterModule(wasm)).toThrow(WasmError)
    }
  })

  test('keeps its own globals where they were', () => {
    const { exports } = run({
      globals: [{ value: 5, exportAs: 'five' }, { value: 6 }],
      functions: [{ exportAs: 'f', result: true, code: [0x23, 0x01] }],
    })
    expect(exports['five']).toHaveProperty('value', 5)
    expect((exports['f'] as () => number)()).toBe(6)
  })

  test('is the same bytes each time', () => {
    const wasm = readFixtureModule()
    expect(Buffer.compare(meterModule(wasm), meterModule(wasm))).toBe(0)
  })

  test('of OPA’s has all its exports, its imports and every section but those that count', () => {
    const wasm = readFixtureModule()
    const metered = meterModule(wasm)
    const before = new WebAssembly.Module(Uint8Array.from(wasm))
    const after = new WebAssembly.Module(metered)
    expect(WebAssembly.Module.imports(after)).toEqual(WebAssembly.Module.imports(before))
    expect(WebAssembly.Module.exports(after)).toEqual([
      ...WebAssembly.Module.exports(before),
      { name: FUEL_EXPORT, kind: 'global' },
    ])
    expect(WebAssembly.Module.customSections(after, 'name')).toEqual(
      WebAssembly.Module.customSections(before, 'name'),
    )
    const rewritten = new Set([1, 3, 6, 7, 10])
    const untouched = (bytes: Uint8Array): unknown =>
      decodeModule(bytes).sections.filter((each) => !rewritten.has(each.id))
    expect(untouched(metered)).toEqual(untouched(wasm))
  })
})

function run(module: TestModule): {
  call: (...values: number[]) => unknown
  fuel: WebAssembly.Global<'i32'>
  exports: WebAssembly.Exports
} {
  const memory = new WebAssembly.Memory({ initial: 16 })
  const compiled = new WebAssembly.Module(meterModule(buildModule(module)))
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const call = exports['f'] as (...values: number[]) => unknown
  return { call, fuel: exports[FUEL_EXPORT] as WebAssembly.Global<'i32'>, exports }
}
