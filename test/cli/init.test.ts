import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSourceFile } from '../../src/source/source-file.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { portcullis, type Run } from '../support/portcullis.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(() => rm(folder, { recursive: true }))

function run(...args: string[]): Promise<Run> {
  return portcullis(args, { cwd: folder })
}

describe('init', () => {
  test('writes what it lists, CI files that are YAML among them', async () => {
    const { code, stdout, stderr } = await run('init', 'team')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [files = '', next] = stdout.split('\n\n')
    expect(next).toBe('next: cd team && portcullis test\n')
    for (const path of files.split('\n')) await access(join(folder, path))
    const { version } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string }
    for (const path of ['team/.gitlab-ci.yml', 'team/.github/workflows/policies.yaml']) {
      const text = await readFile(join(folder, path), 'utf8')
      expect(readYaml(createSourceFile(path, text)).diagnostics).toEqual([])
      expect(text).toContain(`portcullis@${version}`)
      // Each command that CI runs is one of ours.
      const names = [...text.matchAll(/- (?:run: )?portcullis (\w+)/g)].map(([, name]) => name)
      expect(names).toEqual(['fmt', 'lint', 'test', 'build'])
    }
  })

  test('overwrites nothing, and then writes nothing at all', async () => {
    await writeFile(join(folder, '.gitlab-ci.yml'), 'mine')
    const { code, stdout, stderr } = await run('init')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe('portcullis: `.gitlab-ci.yml` is there already, so nothing is written\n')
    expect(await readFile(join(folder, '.gitlab-ci.yml'), 'utf8')).toBe('mine')
    await expect(access(join(folder, 'policies'))).rejects.toThrow('ENOENT')
  })

  test.skipIf(!hasCompiler('that what init writes builds'))(
    'what it writes is laid out, lints cleanly, passes its tests, builds, and judges its samples',
    async () => {
      await run('init')
      expect(await run('fmt', '--check', '--diff')).toEqual({ code: 0, stdout: '', stderr: '' })
      expect(await run('lint')).toEqual({ code: 0, stdout: '0 errors, 0 warnings\n', stderr: '' })
      expect(await run('test')).toEqual({
        code: 0,
        stdout: 'rego tests: 5 passed; samples: 2 passed\n',
        stderr: '',
      })
      expect((await run('build')).code).toBe(0)
      const samples = 'policies/no-latest-tag/samples'
      const check = (name: string) => run('check', `${samples}/${name}.yaml`)
      expect((await check('allowed-version')).code).toBe(0)
      const denied = await check('denied-latest')
      expect(denied.code).toBe(1)
      expect(denied.stdout).toContain(`${samples}/denied-latest.yaml:7:14`)
    },
  )
})
