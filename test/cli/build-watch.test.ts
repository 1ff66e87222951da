import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasCompiler } from '../support/has-compiler.ts'
import { POLICIES } from '../support/policies.ts'
import { MAIN } from '../support/portcullis.ts'

let folder: string
let child: ChildProcess | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
  await cp(POLICIES, join(folder, 'policies'), { recursive: true })
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function start(...args: readonly string[]) {
  const process_ = spawn(process.execPath, [MAIN, 'build', '--watch', ...args], { cwd: folder })
  child = process_
  let stdout = ''
  let stderr = ''
  process_.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  process_.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<number | null>((resolve) => process_.on('close', resolve))
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    /** Until it waits for the change that comes after so many builds. */
    built: (times: number) =>
      expect
        .poll(() => stderr.split('waiting for changes\n').length - 1, { timeout: 60_000 })
        .toBe(times),
    stop: () => process_.kill('SIGINT'),
  }
}

describe.skipIf(!hasCompiler('build --watch'))('build --watch', () => {
  test('builds at each change, goes on after a fault, and ends with 0 when it is interrupted', async () => {
    const run = start()
    await run.built(1)
    const first = await readFile(join(folder, 'bundle.tgz'))
    const path = join(folder, 'policies/host-network/policy.rego')
    const text = await readFile(path, 'utf8')

    await writeFile(path, text.replace('severity: high', 'severity: hihg'))
    await run.built(2)
    expect(run.stderr()).toContain('error[bundle/invalid-policy]')
    // The bundle of before stays.
    expect(await readFile(join(folder, 'bundle.tgz'))).toEqual(first)

    await writeFile(path, text.replace('severity: high', 'severity: critical'))
    await run.built(3)
    expect(await readFile(join(folder, 'bundle.tgz'))).not.toEqual(first)

    run.stop()
    expect(await run.ended).toBe(0)
    expect(run.stdout().match(/^bundle\.tgz: 4 policies, 4 bindings, sha256:/gm)).toHaveLength(2)
  }, 180_000)

  test('a folder that is not there: exit 2', async () => {
    const run = start('no-such')
    expect(await run.ended).toBe(2)
    expect(run.stderr()).toContain('no-such')
  })
})
