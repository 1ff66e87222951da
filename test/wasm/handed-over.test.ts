// Functions that the host answers in the module's place, found by the names of its name section.
import { describe, expect, test } from 'vitest'
import { buildModule, i32, type TestModule } from '../support/wasm-module.ts'
import { ByteWriter } from '../../src/wasm/byte-writer.ts'
import { FUEL_EXPORT, type HandedOver, meterModule } from '../../src/wasm/meter.ts'
import { decodeModule, encodeModule, SECTION } from '../../src/wasm/module.ts'

type Names = readonly (readonly [index: number, name: string])[]

// The host's function has index 0, the module's own 1.
const OWN = 1
const SUM: HandedOver = { name: 'sum', parameters: 2, by: 'host', id: -7 }
const MODULE: TestModule = {
  imports: [{ module: 'env', name: 'host', params: 4, result: true }],
  functions: [{ exportAs: 'f', params: 2, result: true, code: [0x20, 0x00, 0x20, 0x01, 0x6a] }],
}

test('calls the host with its number and what it was called with, and pays a step', () => {
  const { call, calls, fuel } = run(named(MODULE, [[OWN, 'sum']]))
  fuel.value = 10
  expect(call(3, 4)).toBe(1234)
  expect(calls).toEqual([[-7, 0, 3, 4]])
  expect(fuel.value).toBe(9)
  fuel.value = 0
  expect(() => call(3, 4)).toThrow('unreachable')
  expect(calls).toHaveLength(1)
})

describe('stays as it is', () => {
  const wide: TestModule = {
    ...MODULE,
    imports: [{ module: 'env', name: 'host', params: 3, result: true }],
  }
  const silent: TestModule = { ...MODULE, imports: [{ module: 'env', name: 'host', params: 4 }] }
  const elsewhere: TestModule = {
    ...MODULE,
    imports: [{ module: 'other', name: 'host', params: 4, result: true }],
  }
  test.each<[string, TestModule, Names]>([
    ['a function of another name', MODULE, [[OWN, 'total']]],
    [
      'one that shares its name',
      MODULE,
      [
        [OWN, 'sum'],
        [0, 'sum'],
      ],
    ],
    ['a function that is imported', MODULE, [[0, 'sum']]],
    ['an index that no function has', MODULE, [[7, 'sum']]],
    ['one whose import takes other values', wide, [[OWN, 'sum']]],
    ['one whose import gives nothing', silent, [[OWN, 'sum']]],
    ['one whose import is not env’s', elsewhere, [[OWN, 'sum']]],
  ])('%s', (_, module, names) => {
    const { call, calls } = run(named(module, names))
    expect(call(3, 4)).toBe(7)
    expect(calls).toEqual([])
  })

  test('a function of another type', () => {
    const one = { exportAs: 'f', params: 1, result: true, code: [0x20, 0x00] }
    const { call, calls } = run(named({ ...MODULE, functions: [one] }, [[OWN, 'sum']]))
    expect(call(3)).toBe(3)
    expect(calls).toEqual([])
  })

  test('every function where the names cannot be read', () => {
    const whole = named(MODULE, [[OWN, 'sum']])
    const { sections } = decodeModule(whole)
    for (let length = 5; length < (sections.at(-1)?.payload.length ?? 0); length++) {
      const cut = sections.map((each) =>
        each.id === SECTION.custom ? { ...each, payload: each.payload.slice(0, length) } : each,
      )
      const { call } = run(encodeModule({ sections: cut }))
      expect([length, call(3, 4)]).toEqual([length, 7])
    }
  })

  test('every function of a module without names', () => {
    expect(run(buildModule(MODULE)).call(3, 4)).toBe(7)
  })
})

test('a module that is not valid is refused all the same', () => {
  const functions = [{ params: 2, result: true, code: i32(1).concat(0x1a) }]
  expect(() => meterModule(named({ ...MODULE, functions }, [[OWN, 'sum']]), [SUM])).toThrow(
    'not a valid WebAssembly module',
  )
})

function named(module: TestModule, names: Names): Uint8Array {
  const list = new ByteWriter(64)
  list.writeU32(names.length)
  for (const [index, name] of names) {
    list.writeU32(index)
    list.writeName(name)
  }
  const payload = new ByteWriter(64)
  payload.writeName('name')
  payload.writeByte(1)
  payload.writeVector(list.take())
  const { sections } = decodeModule(buildModule(module))
  return encodeModule({ sections: [...sections, { id: SECTION.custom, payload: payload.take() }] })
}

function run(wasm: Uint8Array): {
  call: (...values: number[]) => unknown
  calls: number[][]
  fuel: WebAssembly.Global<'i32'>
} {
  const calls: number[][] = []
  const host = (...values: number[]): number => {
    calls.push(values)
    return 1234
  }
  const module = new WebAssembly.Module(meterModule(wasm, [SUM]))
  const { exports } = new WebAssembly.Instance(module, { env: { host }, other: { host } })
  const call = exports['f'] as (...values: number[]) => unknown
  return { call, calls, fuel: exports[FUEL_EXPORT] as WebAssembly.Global<'i32'> }
}
