import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCompiler } from '../../src/compiler/make-compiler.ts'
import { hasGo } from '../support/has-go.ts'

// Go is a script here: what is built does not matter, whether and when it is built does.
const SCRIPT = `#!/bin/sh
if [ "$1" = version ]; then echo "go version go$FAKE_GO linux/amd64"; exit; fi
echo built >> "$LOG"
while [ "$1" != -o ]; do shift; done
if [ -n "$FAIL" ]; then echo "main.go:1:1: $FAIL" >&2; exit 1; fi
cat *.go > "$2"
`

describe('makeCompiler', () => {
  let folder: string
  let environment: Record<string, string | undefined>
  const output = (): string => readFileSync(join(folder, 'dist/compiler/opa.wasm'), 'utf8')
  const builds = (): number => {
    try {
      return readFileSync(join(folder, 'log'), 'utf8').split('\n').length - 1
    } catch {
      return 0
    }
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-make-'))
    mkdirSync(join(folder, 'src/compiler/opa'), { recursive: true })
    writeFileSync(join(folder, 'src/compiler/opa/main.go'), 'package main\n')
    writeFileSync(join(folder, 'src/compiler/opa/go.mod'), 'module m\n')
    writeFileSync(join(folder, 'go'), SCRIPT)
    chmodSync(join(folder, 'go'), 0o755)
    environment = {
      PATH: process.env['PATH'],
      GO: join(folder, 'go'),
      FAKE_GO: '1.26.3',
      LOG: join(folder, 'log'),
      XDG_CACHE_HOME: join(folder, 'cache'),
    }
  })

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('builds once for the same sources, and says so', async () => {
    const first = await makeCompiler(folder, environment)
    expect(first).toEqual({
      exitCode: 0,
      message: expect.stringMatching(/^[^\n]*go1\.26\.3[^\n]*$/),
    })
    expect(output()).toBe('package main\n')
    expect(await makeCompiler(folder, environment)).toEqual({ exitCode: 0 })
    expect(builds()).toBe(1)
  })

  it('takes it from the cache when dist is gone', async () => {
    await makeCompiler(folder, environment)
    rmSync(join(folder, 'dist'), { recursive: true })
    expect(await makeCompiler(folder, environment)).toEqual({ exitCode: 0 })
    expect(output()).toBe('package main\n')
    expect(builds()).toBe(1)
  })

  it('builds anew for other sources and for another Go', async () => {
    await makeCompiler(folder, environment)
    writeFileSync(join(folder, 'src/compiler/opa/main.go'), 'package main // 2\n')
    await makeCompiler(folder, environment)
    expect(output()).toBe('package main // 2\n')
    await makeCompiler(folder, { ...environment, FAKE_GO: '1.27rc1' })
    expect(builds()).toBe(3)
  })

  it.each([
    ['there is no Go', { GO: '/nonexistent/go' }],
    ['Go is too old', { FAKE_GO: '1.25.9' }],
    ['what is called go is not Go', { GO: '/bin/true' }],
  ])('says in one line what will not work when %s', async (_, change) => {
    const { exitCode, message } = await makeCompiler(folder, { ...environment, ...change })
    expect(exitCode).toBe(0)
    expect(message).toMatch(/^Go 1\.26 [^\n]*portcullis build[^\n]*$/)
    expect(builds()).toBe(0)
  })

  it('keeps, without Go, a compiler that was built of the same sources', async () => {
    await makeCompiler(folder, environment)
    const without = { ...environment, GO: '/nonexistent/go' }
    expect(await makeCompiler(folder, without)).toEqual({ exitCode: 0 })
    writeFileSync(join(folder, 'src/compiler/opa/main.go'), 'package main // 2\n')
    const { exitCode, message } = await makeCompiler(folder, without)
    expect([exitCode, message]).toEqual([0, expect.stringContaining('earlier sources')])
    expect(output()).toBe('package main\n')
  })

  it('fails with the output of Go, and leaves what was there', async () => {
    await makeCompiler(folder, environment)
    writeFileSync(join(folder, 'src/compiler/opa/main.go'), 'package main // 2\n')
    const { exitCode, message } = await makeCompiler(folder, {
      ...environment,
      FAIL: 'no such thing',
    })
    expect(exitCode).toBe(1)
    expect(message).toContain('main.go:1:1: no such thing')
    expect(output()).toBe('package main\n')
  })

  it('leaves whole files when it runs several times at once', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => makeCompiler(folder, environment)))
    expect(all.every(({ exitCode }) => exitCode === 0)).toBe(true)
    expect(output()).toBe('package main\n')
    expect(readdirSync(join(folder, 'dist/compiler')).toSorted()).toEqual([
      'opa.wasm',
      'opa.wasm.key',
    ])
    expect(readdirSync(join(folder, 'cache/portcullis'))).toHaveLength(1)
  })

  it('does without a cache that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '')
    const { exitCode } = await makeCompiler(folder, {
      ...environment,
      XDG_CACHE_HOME: join(folder, 'file'),
    })
    expect(exitCode).toBe(0)
    expect(output()).toBe('package main\n')
  })

  it('keeps four builds in the cache', async () => {
    for (let i = 0; i < 6; i++) {
      writeFileSync(join(folder, 'src/compiler/opa/main.go'), `package main // ${i}\n`)
      await makeCompiler(folder, environment)
    }
    expect(readdirSync(join(folder, 'cache/portcullis'))).toHaveLength(4)
  })
})

describe('the Go sources', () => {
  const isGoThere = hasGo('gofmt and go vet of the compiler')

  it.skipIf(!isGoThere)('are laid out by gofmt and pass go vet', () => {
    const folder = new URL('../../src/compiler/opa', import.meta.url).pathname
    const go = (...args: string[]): string =>
      execFileSync('go', args, {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm' },
      })
    const gofmt = join(go('env', 'GOROOT').trim(), 'bin/gofmt')
    expect(execFileSync(gofmt, ['-l', '.'], { cwd: folder, encoding: 'utf8' })).toBe('')
    expect(go('vet', '.')).toBe('')
  })
})
