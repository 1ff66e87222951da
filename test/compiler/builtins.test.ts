import { beforeAll, describe, expect, it } from 'vitest'
import type { Compiler } from '../../src/compiler/compiler.ts'
import { codesAndPlaces, describeCompiler, rego, sharedCompiler } from './compiler-here.ts'

/** The names of the functions that a module wants of its host. */
function wantedOfHost(wasm: Uint8Array): string[] {
  const memory = new WebAssembly.Memory({ initial: 8 })
  const never = (): never => {
    throw new Error('nothing is evaluated here')
  }
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>),
    {
      env: {
        memory,
        opa_abort: never,
        opa_println: never,
        opa_builtin0: never,
        opa_builtin1: never,
        opa_builtin2: never,
        opa_builtin3: never,
        opa_builtin4: never,
      },
    },
  )
  const { builtins, opa_json_dump: dump } = exports as Record<string, (value?: number) => number>
  const address = dump?.(builtins?.() ?? 0) ?? 0
  const bytes = Buffer.from(memory.buffer, address)
  return Object.keys(JSON.parse(bytes.toString('utf8', 0, bytes.indexOf(0))) as object)
}

describeCompiler('built-in functions', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  const build = (body: string, hostBuiltins: readonly string[] = []) =>
    compiler.build({
      sources: [rego(`package p\nx if { ${body} }\nf(_) := 1\n`)],
      entrypoints: ['p/x'],
      hostBuiltins,
    })

  it('are all native that are listed as native: a module that calls them wants nothing', () => {
    const listed = compiler.nativeBuiltins().filter(({ deprecated }) => !deprecated)
    expect(listed.length).toBeGreaterThan(90)
    const rules = listed.map(({ name, arity }, i) => {
      const operands = Array.from({ length: arity }, (_, k) => `input.a${k}`)
      return `x${i} if { y := ${name}(${operands.join(', ')}); y == input.b }`
    })
    const { wasm, diagnostics } = compiler.build({
      sources: [rego(`package p\n${rules.join('\n')}\n`)],
      entrypoints: rules.map((_, i) => `p/x${i}`),
      hostBuiltins: [],
    })
    expect(diagnostics).toEqual([])
    expect(wantedOfHost(wasm ?? new Uint8Array())).toEqual([])
  })

  it('that are native but deprecated are refused by the strict checks', () => {
    const deprecated = compiler.nativeBuiltins().filter((each) => each.deprecated)
    expect(deprecated).not.toEqual([])
    for (const { name, arity } of deprecated) {
      const operands = Array.from({ length: arity }, (_, k) => `input.a${k}`)
      const { diagnostics } = build(`${name}(${operands.join(', ')})`)
      expect(diagnostics, name).toMatchObject([{ code: 'rego/type' }])
    }
  })

  it('may come from the host where the request names them', () => {
    const { wasm } = build('sprintf("%d", [input.a]) == "1"', ['sprintf'])
    expect(wantedOfHost(wasm ?? new Uint8Array())).toEqual(['sprintf'])
  })

  it('that leave nothing behind in the module are allowed', () => {
    const { wasm, diagnostics } = build('print("a", input.a); y := 1; y = 1')
    expect(diagnostics).toEqual([])
    expect(wantedOfHost(wasm ?? new Uint8Array())).toEqual([])
    const described = compiler.build({
      sources: [rego('package p\n# METADATA\n# title: t\nx := rego.metadata.rule().title\n')],
      entrypoints: ['p/x'],
      hostBuiltins: [],
    })
    expect(described.diagnostics).toEqual([])
    expect(wantedOfHost(described.wasm ?? new Uint8Array())).toEqual([])
  })

  it.each([
    ['http.send({"url": "https://example.com"})', '2:8'],
    ['opa.runtime()', '2:8'],
    ['net.lookup_ip_addr("example.com")', '2:8'],
    ['rego.parse_module("a", "b")', '2:8'],
    ['time.now_ns()', '2:8'],
    ['rand.intn("a", 2)', '2:8'],
    ['io.jwt.decode("a")', '2:8'],
    ['crypto.x509.parse_certificates("a")', '2:8'],
  ])('that the engine lacks are refused where they are called: %s', (call, place) => {
    const { diagnostics, wasm } = build(call)
    expect(wasm).toBeUndefined()
    expect(codesAndPlaces(diagnostics)).toEqual([
      `rego/unsupported-builtin p.rego:${place} ${call}`,
    ])
    expect(diagnostics[0]?.help).toBeTruthy()
  })

  it('that the engine lacks are refused all in one run', () => {
    const { diagnostics } = build('http.send({}); opa.runtime(); sprintf("", [])')
    expect(diagnostics.map(({ code }) => code)).toEqual([
      'rego/unsupported-builtin',
      'rego/unsupported-builtin',
      'rego/unsupported-builtin',
    ])
  })

  describe('cannot be had through `with`', () => {
    it.each([
      ['count([1]) == 1 with count as http.send', 'p.rego:2:38 http.send'],
      ['count([1]) == 1 with http.send as f', 'p.rego:2:29 http.send'],
      ['f(1) with data.p.f as http.send', 'p.rego:2:30 http.send'],
      ['f(1) with data.p.f as opa.runtime', 'p.rego:2:30 opa.runtime'],
      ['count([1]) == 1 with count as sprintf', 'p.rego:2:38 sprintf'],
      ['f(1) with f as http.send', 'p.rego:2:23 http.send'],
      ['y := http.send; y', 'p.rego:2:13 http.send'],
    ])('%s', (body, place) => {
      const { diagnostics, wasm } = build(body)
      expect(wasm).toBeUndefined()
      expect(codesAndPlaces(diagnostics)).toEqual([`rego/unsupported-builtin ${place}`])
    })

    it('nor are allowed ones refused for being no value', () => {
      expect(codesAndPlaces(build('y := count; y').diagnostics)).toEqual([
        'rego/unsafe-var p.rego:2:13 count',
      ])
    })

    it('while native ones can replace each other', () => {
      const { wasm } = build('y == 1 with count as sum; y = count([1])')
      expect(wantedOfHost(wasm ?? new Uint8Array())).toEqual([])
    })
  })

  it('that OPA does not know cannot be promised by the host', () => {
    expect(() => build('true', ['no.such'])).toThrow(
      expect.objectContaining({ code: 'compiler/refused' }),
    )
  })
})
