import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { COMPILER_WASM, locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { importWasi } from '../../src/compiler/import-wasi.ts'
import { describeCompiler } from './compiler-here.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const compiled = `${root}.build/compiler/compiler.js`

describeCompiler('NOTICE', () => {
  it('names every Go module that the compiler contains, in its version', () => {
    const wasm = readFileSync(COMPILER_WASM).toString('latin1')
    const modules = [...wasm.matchAll(/^dep\t(\S+)\t(\S+)\t/gm)].map(
      ([, path, version]) => `${path} ${version}`,
    )
    expect(modules.length).toBeGreaterThan(15)
    const notice = readFileSync(`${root}NOTICE`, 'utf8')
    expect(modules.filter((each) => !notice.includes(each))).toEqual([])
    const named = [...notice.matchAll(/^ {3}(\S+\.\S+\/\S+ v\S+)$/gm)].map(([, each]) => each)
    expect(new Set(named)).toEqual(new Set(modules))
  })
})

describe('locateCompiler', () => {
  it('says how to get a compiler that is missing', async () => {
    await expect(
      locateCompiler(new URL('file:///nonexistent/opa.wasm')).read(),
    ).rejects.toMatchObject({
      code: 'compiler/not-built',
      message: expect.stringContaining('npm run build'),
    })
  })
})

describeCompiler('a process that compiles', () => {
  if (!existsSync(compiled)) console.warn(`SKIPPED: ${compiled} is absent: run npm run build`)

  it.skipIf(!existsSync(compiled))('writes nothing to stderr, and warns of what it should', () => {
    const script = `
      import { loadCompiler } from ${JSON.stringify(compiled)}
      import { locateCompiler } from ${JSON.stringify(`${root}.build/compiler/locate-compiler.js`)}
      const compiler = await loadCompiler(locateCompiler())
      const source = { path: 'p.rego', text: 'package p\\nx := 1\\n', lineStarts: [0] }
      const request = { sources: [source], entrypoints: ['p/x'], hostBuiltins: [] }
      console.log(compiler.build(request).wasm.length > 0)
      if (process.argv[1] === 'warn') process.emitWarning('heed this')
    `
    const run = (...extra: string[]) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', ...extra], {
        cwd: root,
        encoding: 'utf8',
      })
    expect(run()).toMatchObject({ status: 0, stdout: 'true\n', stderr: '' })
    const { stderr } = run('warn')
    expect(stderr).toContain('heed this')
    expect(stderr).not.toContain('WASI')
  })
})

describe('importWasi', () => {
  it('leaves the way warnings go as it was', () => {
    const before = Object.getOwnPropertyDescriptor(process, 'emitWarning')
    importWasi()
    expect(Object.getOwnPropertyDescriptor(process, 'emitWarning')).toEqual(before)
  })
})
