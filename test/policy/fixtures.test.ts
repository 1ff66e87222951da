import { expect, test } from 'vitest'
import { loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { compileFixtures, readFixtureModule, writeFixtureModule } from './fixtures/compile.ts'

test.skipIf(!hasCompiler('the fixtures’ freshness'))(
  'the compiled policies of these tests are what the compiler makes of their Rego',
  async () => {
    const wasm = compileFixtures(await loadCompiler(locateCompiler()))
    if (process.env['UPDATE_FIXTURES'] === '1') writeFixtureModule(wasm)
    expect(Buffer.compare(wasm, readFixtureModule())).toBe(0)
  },
)
