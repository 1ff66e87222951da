import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { CompilerError } from '../../src/compiler/compiler-error.ts'
import { describeCompiler, rego, sharedCompiler } from './compiler-here.ts'

const SOUND = rego('package p\nx := 1\n')

describeCompiler('hostile sources', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await sharedCompiler()
  })

  const build = (text: string, path = 'p.rego') =>
    compiler.build({ sources: [rego(text, path)], entrypoints: ['p/x'], hostBuiltins: [] })
  const works = () => build(SOUND.text).wasm !== undefined

  it('are refused for brackets nested too deep, at the bracket that goes too far', () => {
    const text = `package p\nx := ${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const { diagnostics } = build(text)
    expect(diagnostics).toMatchObject([
      { code: 'rego/parse', primary: { span: { start: 15 + 250, end: 15 + 251 } } },
    ])
  })

  it('are not refused for brackets in strings and comments', () => {
    const brackets = '['.repeat(1_000)
    expect(
      build(`package p\n# ${brackets}\nx := ["${brackets}\\"", \`${brackets}\`]\n`).wasm,
    ).toBeDefined()
    expect(build(`package p\nx := ${'['.repeat(200)}${']'.repeat(200)}\n`).wasm).toBeDefined()
  })

  it.each([
    ['a sum of 50,000', `package p\nx := 1${' + 1'.repeat(50_000)}`],
    ['a path of 100,000', `package p\nx := input${'.a'.repeat(100_000)}`],
  ])('that exhaust the stack end in an error, and the next call works: %s', (_, text) => {
    expect(() => build(text)).toThrow(
      expect.objectContaining({
        code: 'compiler/crashed',
        message: expect.stringContaining('deep'),
      }),
    )
    expect(works()).toBe(true)
  })

  it('are built when they are merely large', () => {
    const rules = Array.from({ length: 3_000 }, (_, i) => `y${i} := input.a${i}`).join('\n')
    expect(build(`package p\nx := "${'a'.repeat(1_000_000)}"\n${rules}\n`).diagnostics).toEqual([])
  })

  it.each([
    ['NUL', 'package p\nx := "\0"\n\0'],
    ['a lone surrogate', 'package p\nx := "\ud800 \\q"'],
    ['only a byte order mark', '\ufeff'],
    ['an open string', 'package p\nx := "'],
    ['an open raw string', 'package p\nx := `a\n'],
    ['an open template', 'package p\nx := $"a{'],
    ['a lone CR', 'package p\rx := ]'],
  ])('get a diagnostic: %s', (_, text) => {
    const { diagnostics } = build(text)
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(diagnostics[0]?.primary?.span.end).toBeLessThanOrEqual(text.length)
  })

  it.each([
    ['nothing', ''],
    ['NUL', '\0'],
    ['a path upwards', '../../etc/passwd'],
    ['a lone surrogate', 'a\ud800b'],
    ['a line break', '\n'],
    ['100,000 letters', 'a'.repeat(100_000)],
    ['a URL', 'file:///x'],
  ])('may be called anything: %s', (_, path) => {
    const { diagnostics } = build('package p\nx := ]', path)
    expect(diagnostics.map(({ primary }) => primary?.file.path === path)).toEqual([true])
  })

  it('cannot share a path', () => {
    const request = { entrypoints: ['p/x'], hostBuiltins: [] }
    for (const [a, b] of [
      ['a', 'a'],
      ['a\ud800', 'a\ud801'],
    ] as const) {
      expect(() => compiler.build({ ...request, sources: [rego('', a), rego('', b)] })).toThrow(
        expect.objectContaining({ code: 'compiler/refused' }),
      )
    }
    expect(works()).toBe(true)
  })

  it('cannot name entrypoints that confuse', () => {
    for (const entrypoint of ['', '/', 'p', 'p//x', '../p/x', 'p/x/', 'p/\0', '%', 'p["x"]']) {
      const request = { sources: [SOUND], entrypoints: [entrypoint], hostBuiltins: [] }
      const { diagnostics, wasm } = compiler.build(request)
      if (entrypoint === 'p') expect(wasm).toBeDefined()
      else expect(diagnostics, entrypoint).toMatchObject([{ code: 'rego/compile' }])
    }
  })

  it('of any kind get an answer or a CompilerError, with spans inside the text', () => {
    const words = ['package p', 'x', ':=', 'if', '{', '}', '[', ']', '"é😀"', '\n', '# METADATA\n']
    const more = [
      '# title: a\n',
      'some',
      'in',
      'every',
      'with',
      'as',
      'input',
      '.a',
      '$"{',
      '`',
      '\t',
    ]
    const token = fc.oneof(
      fc.constantFrom(...words, ...more),
      fc.string({ unit: 'binary', maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(token, { maxLength: 25 }), (tokens) => {
        const text = `package p\n${tokens.join(' ')}`
        try {
          for (const { primary } of build(text).diagnostics) {
            const { start = 0, end = 0 } = primary?.span ?? {}
            expect(start).toBeLessThanOrEqual(end)
            expect(end).toBeLessThanOrEqual(text.length)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(CompilerError)
        }
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})

describeCompiler('a module that is not the compiler', () => {
  it('is refused', async () => {
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const compiler = await loadCompiler({ read: () => Promise.resolve(empty) })
    expect(() => compiler.packages([])).toThrow(
      expect.objectContaining({ code: 'compiler/crashed' }),
    )
  })
})
