// What is on disk after whoever wrote it was killed, at every step of writing: does the next start get along with it?
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEMO_BUNDLE, demoPolicy } from '../support/demo-policy.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { KILLED_WRITER, killAtEveryStep } from '../support/killed-writer.ts'
import { MAIN, portcullis } from '../support/portcullis.ts'
import { runProcess } from '../support/run-process.ts'
import { ask, killAll, serve, start } from '../support/serve.ts'

const FILES = '--tls-cert-file certs/tls.crt --tls-private-key-file certs/tls.key --drain-seconds 0'

let cwd: string

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(async () => {
  killAll()
  await rm(cwd, { recursive: true })
})

/** Runs the command line until it ends, or is killed as the environment has it. */
async function run(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const command = [process.execPath, ...KILLED_WRITER, MAIN, ...args]
  const ended = await runProcess(command, { cwd, env })
  if (ended.code !== null && ended.code !== 0) throw new Error(ended.stderr)
  return { isKilled: ended.code === null }
}

async function expectGoodStart(...args: readonly string[]): Promise<void> {
  const served = await serve(args, { cwd })
  expect(await ask(served, '/readyz')).toBe(200)
  served.process.kill('SIGTERM')
  expect((await served.ended).code).toBe(0)
}

async function certs(...args: readonly string[]): Promise<void> {
  expect(await portcullis(['certs', ...args], { cwd })).toMatchObject({ code: 0, stderr: '' })
}

describe.skipIf(!hasCompiler('bundles that are written while the writer is killed'))(
  'build',
  () => {
    test('P2: killed while it writes a bundle over another: the old one or the new one starts', async () => {
      await certs('create', '--host', 'localhost')
      await mkdir(join(cwd, 'policies/demo'), { recursive: true })
      await writeFile(join(cwd, 'policies/demo/policy.rego'), demoPolicy())
      await writeFile(join(cwd, 'policies/bundle.yaml'), DEMO_BUNDLE)
      const build = (env: NodeJS.ProcessEnv) => run(env, 'build', 'policies', '-o', 'b.tgz')
      await build({})
      await copyFile(join(cwd, 'b.tgz'), join(cwd, 'old.tgz'))
      await writeFile(join(cwd, 'policies/demo/policy.rego'), demoPolicy('demo', '\nmore := 1\n'))
      const old = await readFile(join(cwd, 'old.tgz'))
      const seen: boolean[] = []
      const killed = await killAtEveryStep(build, async () => {
        seen.push(old.equals(await readFile(join(cwd, 'b.tgz'))))
        await expectGoodStart('--bundle', 'b.tgz', ...FILES.split(' '))
        await copyFile(join(cwd, 'old.tgz'), join(cwd, 'b.tgz'))
      })
      expect(killed).toBeGreaterThan(4)
      expect(new Set(seen)).toEqual(new Set([true, false]))
    })
  },
)

test('P2: `serve --dev-tls` killed while it makes its certificates: the next start is good', async () => {
  const make = async (env: NodeJS.ProcessEnv): Promise<{ isKilled: boolean }> => {
    const started = start(['--dev-tls', '--drain-seconds', '0'], {
      cwd,
      env,
      nodeArgs: KILLED_WRITER,
    })
    started.process.stdout?.on('data', () => {
      if (started.stdout().includes('operators on')) started.process.kill('SIGTERM')
    })
    const { signal } = await started.ended
    return { isKilled: signal === 'SIGKILL' }
  }
  const killed = await killAtEveryStep(make, async () => {
    await expectGoodStart('--dev-tls', '--drain-seconds', '0')
    await rm(join(cwd, 'certs'), { recursive: true })
  })
  expect(killed).toBeGreaterThan(12)
})

test('P2: `certs rotate` killed: the old pair or the new one starts; halves of both do not, and are made whole by the next one', async () => {
  let halves = 0
  await certs('create', '--host', 'localhost')
  const rotate = (env: NodeJS.ProcessEnv) => run(env, 'certs', 'rotate')
  const killed = await killAtEveryStep(rotate, async () => {
    const pair = [join(cwd, 'certs/tls.crt'), join(cwd, 'certs/tls.key')]
    const [certificate, key] = await Promise.all(pair.map((path) => readFile(path, 'utf8')))
    expect(certificate).toMatch(/-----END CERTIFICATE-----\n$/)
    expect(key).toMatch(/-----END PRIVATE KEY-----\n$/)
    const inspected = await portcullis(['certs', 'inspect'], { cwd })
    if (inspected.code !== 0) {
      halves++
      const refused = await portcullis(['serve', ...FILES.split(' ')], { cwd })
      expect(refused).toMatchObject({ code: 5, stdout: '' })
      expect(refused.stderr).toContain('the private key is not the key of the certificate')
      await certs('rotate')
    }
    await expectGoodStart(...FILES.split(' '))
  })
  expect(killed).toBeGreaterThan(8)
  expect(halves).toBeGreaterThan(0)
})
