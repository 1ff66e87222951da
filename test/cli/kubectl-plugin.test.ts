// Installed as `kubectl-portcullis`, through kubectl where there is one, else as kubectl would run it.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAIN, ROOT } from '../support/portcullis.ts'

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  // As npm installs a `bin`.
  chmodSync(MAIN, 0o755)
  symlinkSync(MAIN, join(folder, 'kubectl-portcullis'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function plugin(...args: readonly string[]) {
  const command = hasKubectl ? 'kubectl' : join(folder, 'kubectl-portcullis')
  const env = { ...process.env, NO_COLOR: '1', PATH: `${folder}${delimiter}${process.env['PATH']}` }
  return spawnSync(command, hasKubectl ? ['portcullis', ...args] : args, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  })
}

test('it judges, with the exit code of the command line', () => {
  const { status, stdout } = plugin('check', '--unknown-namespace=skip', 'docs/examples/shop.yaml')
  expect(stdout).toContain('trusted-registries')
  expect(status).toBe(1)
})

test('its usage texts say how it was called', () => {
  expect(plugin('--help').stdout).toContain('Usage: kubectl portcullis COMMAND')
  const { stdout } = plugin('check', '--help')
  expect(stdout).toContain('Usage: kubectl portcullis check')
  expect(stdout).toContain('helm template shop | kubectl portcullis check -')
  const { status, stderr } = plugin('check', '--bundel', 'x')
  expect(stderr).toContain('`kubectl portcullis check` has no option `--bundel`')
  expect(status).toBe(2)
})

test('the package installs it', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
  expect(manifest.bin['kubectl-portcullis']).toBe(manifest.bin.portcullis)
})
