// Bundles that no server ever serves: the real process ends with the exit code of a bad bundle.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/bundle/bundle.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { foreignArchive, foreignMembers } from '../bundle/bundle-content.ts'
import { readFixtureModule } from '../policy/fixtures/compile.ts'
import { testPolicy } from '../support/bundle-parts.ts'
import { opaModule, type OpaModuleOptions } from '../support/opa-module.ts'
import { killAll, start } from '../support/serve.ts'

describe('serve does not start', () => {
  let cwd: string
  afterEach(async () => {
    killAll()
    await rm(cwd, { recursive: true })
  })

  const hostile = (options: OpaModuleOptions): Uint8Array => archive(opaModule(options), 'hostile')
  const wasi = { module: 'wasi_snapshot_preview1', name: 'fd_write' }

  test.each<[string, () => Uint8Array, string]>([
    [
      'W4: no WebAssembly',
      () => archive(Buffer.from('<html>'), 'echo'),
      'is not a WebAssembly module',
    ],
    [
      'W4: a module cut off',
      () => archive(readFixtureModule().subarray(0, 5_000), 'echo'),
      'cannot be run: ',
    ],
    ['W4: an import of WASI', () => hostile({ extraImport: wasi }), 'it imports the function'],
    ['W4: ABI 2', () => hostile({ abiVersion: 2 }), 'its ABI version is 2, expected 1'],
    [
      'W4: a built-in nobody has',
      () => hostile({ builtins: '{"http.send":0}' }),
      'error[bundle/unknown-builtin]',
    ],
    [
      'W4: an entrypoint the module lacks',
      () => archive(readFixtureModule(), 'missing'),
      'error[bundle/unknown-entrypoint]',
    ],
    ['W10: data that is no JSON', () => withData('{"a":'), 'error[bundle/syntax]'],
    [
      'W10: data with bytes that are not UTF-8',
      () => withData(Buffer.of(0x22, 0xff, 0x22)),
      'error[yaml/encoding]',
    ],
    ['W10: data nested without end', () => withData('['.repeat(100_000)), 'lie more than 500 deep'],
    [
      'W10: data that does not fit into the module',
      () => archive(readFixtureModule(), 'echo', MANY),
      'it went past its memory',
    ],
  ])('%s: exit 4, the reason on stderr, and nobody was served', async (_name, bundle, reason) => {
    cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
    await writeFile(join(cwd, 'bundle.tgz'), bundle())
    const started = start(['--dev-tls', '--bundle', 'bundle.tgz', '--memory-pages', '256'], { cwd })
    expect(await started.ended).toEqual({ code: 4, signal: null })
    expect(started.stderr()).toContain(reason)
    expect(started.stdout()).toBe('')
  })
})

/** 3 bytes each in the archive, and more than 16 MiB in the module's memory. */
const MANY = { lists: Array.from({ length: 400_000 }, () => []) }

function archive(wasm: Uint8Array, policy: string, data: JsonObject = {}): Uint8Array {
  const parameterSchema = { type: 'object', additionalProperties: false }
  const policies = [{ ...testPolicy(policy), parameterSchema }]
  return writeBundle({ name: 'test', policies, bindings: [{ name: policy, policy }], wasm, data })
}

function withData(data: string | Uint8Array): Uint8Array {
  return foreignArchive(foreignMembers({ 'data.json': data }))
}
