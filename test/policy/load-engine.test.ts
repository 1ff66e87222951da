import { beforeAll, describe, expect, test } from 'vitest'
import type { Bundle, JsonObject } from '../../src/bundle/bundle.ts'
import { lineText, positionAt, createSourceFile } from '../../src/source/source-file.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import { judge } from '../../src/policy/judge.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import { cpuMs } from '../support/cpu-ms.ts'
import { testBinding, testBundle, testPolicy } from '../support/bundle-parts.ts'
import { ABORT_TEXT, CALL, opaModule, type OpaModuleOptions } from '../support/opa-module.ts'
import { i32 } from '../support/wasm-module.ts'
import { readFixtureModule } from './fixtures/compile.ts'
import { podRequest, toReview } from './reviews.ts'

const NOW = new Date(0)

let wasm: Uint8Array
beforeAll(() => {
  wasm = readFixtureModule()
})

function hostileBundle(options: OpaModuleOptions): Bundle {
  return testBundle(opaModule(options), [testBinding(testPolicy('hostile'))])
}

function load(bundle: Bundle): Engine {
  const { engine, diagnostics } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
  expect(diagnostics).toEqual([])
  if (engine === undefined) throw new Error('no engine')
  return engine
}

function refusal(bundle: Bundle): string[] {
  const { engine, diagnostics } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
  expect(engine).toBeUndefined()
  return diagnostics.map((each) => `${each.code}: ${each.message}`)
}

function failure(options: OpaModuleOptions): string {
  const engine = load(hostileBundle(options))
  const review = toReview(podRequest())
  const results = [1, 2].map(
    (): Outcome | undefined => judge(engine, review, () => ({ kind: 'unknown' }), NOW)[0],
  )
  expect(results[1]).toEqual(results[0])
  const outcome = results[0]
  return outcome?.kind === 'failed'
    ? `${outcome.error.code}: ${outcome.error.message}`
    : String(outcome?.kind)
}

describe('W4: what is not loaded', () => {
  test('bytes that are no module', () => {
    for (const bytes of [
      [],
      [1, 2, 3],
      [...Buffer.from('\0asm\u0002\0\0\0')],
      [...Buffer.from('<html>')],
    ]) {
      const [message] = refusal(testBundle(Uint8Array.from(bytes), []))
      expect(message).toMatch(/^bundle\/invalid-module: `policy\.wasm` cannot be run: /)
    }
  })

  test('a module with an import of WASI, or of anything else', () => {
    const extraImport = { module: 'wasi_snapshot_preview1', name: 'fd_write' }
    expect(refusal(hostileBundle({ extraImport }))).toEqual([
      'bundle/invalid-module: `policy.wasm` cannot be run: it imports the function `wasi_snapshot_preview1.fd_write`',
    ])
    expect(
      refusal(hostileBundle({ extraImport: { module: 'env', name: 'opa_http_send' } })),
    ).toHaveLength(1)
  })

  test('a module of ABI 2', () => {
    expect(refusal(hostileBundle({ abiVersion: 2 }))).toEqual([
      'bundle/invalid-module: `policy.wasm` cannot be run: its ABI version is 2, expected 1',
    ])
  })

  test('a module that lacks a function of the ABI', () => {
    expect(refusal(hostileBundle({ without: 'opa_value_add_path' }))[0]).toContain(
      '`opa_value_add_path`',
    )
  })

  test('a module that needs a built-in function we do not have', () => {
    expect(
      refusal(hostileBundle({ builtins: '{"http.send":0,"sprintf":1,"opa.runtime":2}' })),
    ).toEqual([
      'bundle/unknown-builtin: `policy.wasm` needs the built-in function `http.send`, which the engine does not have',
      'bundle/unknown-builtin: `policy.wasm` needs the built-in function `opa.runtime`, which the engine does not have',
    ])
  })

  test('a bundle that names an entrypoint the module lacks, told at its place', () => {
    const policies = [testPolicy('echo'), testPolicy('missing')]
    const text = JSON.stringify(
      { policies: policies.map(({ name, entrypoint }) => ({ name, entrypoint })) },
      undefined,
      2,
    )
    const source = createSourceFile('bundle.tgz!portcullis.json', text)
    const bundle = testBundle(
      wasm,
      policies.map((each) => testBinding(each)),
      { source },
    )
    const { diagnostics } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
    expect(diagnostics.map((each) => each.code)).toEqual(['bundle/unknown-entrypoint'])
    const label = diagnostics[0]?.primary
    expect(label?.file).toBe(source)
    const line = positionAt(source, label?.span.start ?? 0).line
    expect(lineText(source, line)).toBe('      "entrypoint": "missing/violation"')
  })

  test('lists that are not what they should be', () => {
    expect(refusal(hostileBundle({ entrypoints: '[1]' }))).toHaveLength(1)
    expect(refusal(hostileBundle({ builtins: 'no json' }))).toHaveLength(1)
    expect(refusal(hostileBundle({ entrypoints: '{"hostile/violation":' }))).toHaveLength(1)
  })

  test('a module that never starts', () => {
    const started = cpuMs()
    expect(refusal(hostileBundle({ start: [0x03, 0x40, 0x0c, 0x00, 0x0b] }))).toEqual([
      'bundle/invalid-module: `policy.wasm` cannot be run: on loading, it failed: the module trapped (unreachable)',
    ])
    expect(cpuMs() - started).toBeLessThan(2000)
  })

  test('W10: data that the module refuses', () => {
    const data: JsonObject = { text: '\ud800' }
    expect(refusal(testBundle(wasm, [testBinding(testPolicy('echo'))], { data }))).toHaveLength(1)
    expect(
      refusal(testBundle(wasm, [testBinding(testPolicy('echo'), { parameters: data })])),
    ).toHaveLength(1)
    load(testBundle(wasm, [testBinding(testPolicy('echo'))]))
  })
})

describe('a module that means ill', () => {
  test('W1: loops for ever: stopped by its budget', () => {
    expect(failure({ eval: [0x03, 0x40, 0x0c, 0x00, 0x0b, ...i32(0)] })).toBe(
      'budget-exceeded: policy `hostile` (binding `hostile`) used up its budget',
    )
  })

  test('W2: grows its memory to the maximum and traps: an error', () => {
    const grow = [...i32(1), 0x40, 0x00, ...i32(-1), 0x47, 0x0d, 0x00]
    expect(failure({ eval: [0x03, 0x40, ...grow, 0x0b, 0x00] })).toBe(
      'evaluation-failed: policy `hostile` (binding `hostile`) failed: the module trapped (unreachable)',
    )
  })

  test('W2: hits `unreachable`: an error', () => {
    expect(failure({ eval: [0x00] })).toContain('evaluation-failed: policy `hostile`')
  })

  test('W2: recurses without end: an error', () => {
    // eval is the third function behind two imported ones.
    expect(failure({ eval: [0x20, 0x00, 0x10, 0x04] })).toContain('recursed too deeply')
  })

  test('W2: reads outside of its memory: an error', () => {
    expect(failure({ eval: [...i32(-4), 0x28, 0x02, 0x00] })).toContain('the module trapped')
  })

  test('W3: aborts: an error, its text only where it is one of OPA’s', () => {
    const abort = [...i32(ABORT_TEXT), 0x10, CALL.opaAbort, ...i32(0)]
    const text = (said: string): string => failure({ eval: abort, abort: `${said}\0` })
    expect(text('a secret of the object')).toBe(
      'evaluation-failed: policy `hostile` (binding `hostile`) failed: the module aborted',
    )
    expect(text('x.rego:1:2: a secret of the object')).not.toContain('secret')
    expect(text('dir/ä.rego:12:3: object insert conflict')).toContain(
      'failed: dir/ä.rego:12:3: object insert conflict',
    )
    expect(text('illegal utf-8')).toContain('failed: illegal utf-8')
    expect(text('opa_malloc: failed')).toContain('memory-exceeded: ')
    expect(text('\u001b[31m')).toContain('failed: the module aborted')
  })

  test('W3: aborts with a text that has no end: an error', () => {
    const at = 2 * 65_536 - 4
    const fill = [...i32(at), ...i32(0x41414141), 0x36, 0x02, 0x00]
    expect(failure({ eval: [...fill, ...i32(at), 0x10, CALL.opaAbort, ...i32(0)] })).toContain(
      'the module aborted',
    )
    expect(failure({ eval: [...i32(-1), 0x10, CALL.opaAbort, ...i32(0)] })).toContain(
      'the module aborted',
    )
  })

  test('W3: calls a built-in function it has not asked for: an error', () => {
    const call = [...i32(77), ...i32(0), ...i32(ABORT_TEXT), 0x10, CALL.builtin1]
    expect(failure({ eval: call })).toContain('failed in the built-in function number 77')
  })

  test('says that the evaluation failed: an error', () => {
    expect(failure({ eval: i32(1) })).toContain('failed: eval failed')
  })

  test.each([
    ['nothing', ''],
    ['half a result', '[{"result":['],
    ['another name', '[{"x":[]}]'],
    ['two results', '[{"result":[]},{"result":[]}]'],
    ['no list', '{"result":[]}'],
    ['bytes that are no JSON', 'true false'],
  ])('gives %s as its result: an error', (_, result) => {
    expect(failure({ result })).toMatch(/^invalid-result: policy `hostile`/)
  })

  test('gives a result that has no end: an error', () => {
    const fillAll = [
      [...i32(3072), 0x21, 0x01], // local 1 := the result's address
      [0x03, 0x40], // loop
      [0x20, 0x01, ...i32(0x61616161), 0x36, 0x02, 0x00], // store four letters there
      [0x20, 0x01, ...i32(4), 0x6a, 0x22, 0x01], // local 1 += 4
      [...i32(2 * 65_536), 0x49, 0x0d, 0x00, 0x0b], // again, unless the memory ends there
      i32(0),
    ].flat()
    expect(failure({ eval: fillAll })).toContain('does not keep to its ABI')
  })
})

describe('the self-test', () => {
  test('evaluates every binding, and every policy that none uses', () => {
    const policies = ['echo', 'boolean', 'patterns', 'conflict'].map((each) => testPolicy(each))
    const bound = policies.slice(0, 2).map((each) => testBinding(each))
    const engine = load(testBundle(wasm, bound, { policies }))
    expect(engine.selfTest().map((each) => [each.binding.name, each.kind])).toEqual([
      ['echo', 'evaluated'],
      ['boolean', 'failed'],
      ['patterns', 'evaluated'],
      ['conflict', 'failed'],
    ])
  })

  test('leaves the engine as it was', () => {
    const engine = load(
      testBundle(wasm, [testBinding(testPolicy('echo'), { parameters: { a: 1 } })]),
    )
    const review = toReview(podRequest())
    const before = judge(engine, review, () => ({ kind: 'unknown' }), NOW)
    engine.selfTest()
    expect(judge(engine, review, () => ({ kind: 'unknown' }), NOW)).toEqual(before)
  })
})
