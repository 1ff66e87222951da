import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { BASELINE_SCHEMA } from '../../src/cli/check/baseline-schema.ts'
import { pod, useCheckFolder } from '../support/check-folder.ts'

const { path, put, check, report } = useCheckFolder(['--unknown-namespace', 'skip'])

const text = (name: string): Promise<string> => readFile(join(path(), name), 'utf8')

describe('a baseline', () => {
  test('lets pass what is known, and nothing else', async () => {
    await put('deploy/a.yaml', pod('a', true))
    const written = await check(['--write-baseline', 'known.json', 'deploy'])
    expect(written.stdout).toContain('known[host-network]')
    expect(written.stdout).toContain('0 denied, 0 warnings, 1 known')
    expect(written.code).toBe(0)
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(BASELINE_SCHEMA)
    expect(validate(JSON.parse(await text('known.json')))).toBe(true)

    expect((await check(['--baseline', 'known.json', 'deploy'])).code).toBe(0)
    await put('deploy/b.yaml', pod('b', true))
    const fresh = await report(['--baseline', 'known.json', 'deploy'])
    expect(fresh.findings.map(({ resource }) => resource.name)).toEqual(['b'])
    expect(fresh.suppressed).toMatchObject([
      { resource: { name: 'a' }, suppression: { kind: 'baseline' } },
    ])
    expect((await check(['--baseline', 'known.json', 'deploy'])).code).toBe(1)
  })

  test('holds where lines and files move, and not for another fault of the object', async () => {
    await put('deploy/a.yaml', pod('a', true))
    await check(['--write-baseline', 'known.json', 'deploy'])
    await put('deploy/a.yaml', '# nothing\n')
    await put('deploy/moved.yaml', `# a\n# b\n${pod('a', true)}`)
    expect((await check(['--baseline', 'known.json', 'deploy'])).code).toBe(0)
    await put('deploy/moved.yaml', pod('a', true).replace('memory: 64Mi', 'memory: "0"'))
    const { findings } = await report(['--baseline', 'known.json', 'deploy'])
    expect(findings.map(({ policy }) => policy)).toEqual(['container-limits'])
  })

  test('tells what is fixed, and what it could not look for', async () => {
    await put('deploy/a.yaml', pod('a', true))
    await put('deploy/b.yaml', pod('b', true))
    await check(['--write-baseline', 'known.json', 'deploy'])
    await put('deploy/a.yaml', pod('a'))
    const mended = await check(['--baseline', 'known.json', 'deploy'])
    expect(mended.stderr).toContain(
      'fixed: Pod quiet/a at spec.hostNetwork, binding no-host-network',
    )
    expect(mended.stderr).toContain('`--write-baseline` takes what is fixed out')
    expect(mended.code).toBe(0)
    const part = await check(['--baseline', 'known.json', 'deploy/a.yaml'])
    expect(part.stderr).toContain('1 of the baseline were not looked for')
    // Once it is written anew, the old fault counts again.
    await check(['--write-baseline', 'known.json', 'deploy'])
    await put('deploy/a.yaml', pod('a', true))
    expect((await check(['--baseline', 'known.json', 'deploy'])).code).toBe(1)
  })

  test('counts: a second object of the name with the same fault is new', async () => {
    await put('deploy/a.yaml', pod('a', true))
    await check(['--write-baseline', 'known.json', 'deploy'])
    await put('deploy/b.yaml', pod('a', true))
    const { findings, suppressed } = await report(['--baseline', 'known.json', 'deploy'])
    expect([findings.length, suppressed.length]).toEqual([1, 1])
  })

  test('is the same bytes for the same findings, in any order of files', async () => {
    await put('b.yaml', pod('b', true))
    await put('a.yaml', pod('a', true))
    await check(['--write-baseline', 'x.json', 'b.yaml', 'a.yaml'])
    await check(['--write-baseline', 'y.json', 'a.yaml', 'b.yaml'])
    expect(await text('x.json')).toBe(await text('y.json'))
  })

  test('is not written where not everything could be judged', async () => {
    await put('a.yaml', `${pod('a', true)}---\n- no object\n`)
    const { code, stderr } = await check(['--write-baseline', 'known.json', 'a.yaml'])
    expect(stderr).toContain('the baseline `known.json` is not written')
    expect(code).toBe(2)
    await expect(text('known.json')).rejects.toThrow('ENOENT')
  })

  test.each([
    ['is none', '{}', 'error[baseline/invalid]'],
    [
      'has an unknown key',
      '{"apiVersion":"portcullis.dev/v1","kind":"Baseline","findings":[],"x":1}',
      '`x`',
    ],
    ['is not there', undefined, 'cannot read `known.json`: no such file'],
  ])('that %s: exit 2, nothing passes', async (_name, baseline, message) => {
    if (baseline !== undefined) await put('known.json', baseline)
    await put('a.yaml', pod('a', true))
    const { code, stderr } = await check(['--baseline', 'known.json', 'a.yaml'])
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })
})
