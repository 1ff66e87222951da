// Exceptions as `check` shows them: in every output, with those that are over, and those that nothing needs.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { useBuiltBundle } from '../support/built-bundle.ts'
import { useCheckFolder } from '../support/check-folder.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { regoPolicy } from '../support/rego-policy.ts'

const RULE = `violation contains {"msg": "is marked bad", "path": ["metadata", "labels", "bad"]} if {
	input.request.object.metadata.labels.bad
}`
const SPEC = `bindings:
  - { name: no-bad, policy: bad }
  - { name: elsewhere, policy: bad, match: { namespaces: [nowhere] } }
exceptions:
  - name: legacy
    binding: no-bad
    match: { namespaces: [legacy] }
    owner: team-a
    reason: goes with the rewrite
    expires: 2999-12-31
  - name: over
    binding: no-bad
    match: { namespaces: [shop] }
    owner: team-b
    reason: it was urgent
    expires: 2020-01-31
`

function pod(namespace: string, labels: string): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: ${namespace}\n  labels: ${labels}\n`
}

describe.skipIf(!hasCompiler('exceptions of check'))('exceptions', () => {
  const bundle = useBuiltBundle(SPEC, { bad: regoPolicy('bad', RULE) })
  const { path, put, check, report } = useCheckFolder()
  const by = (...args: readonly string[]): readonly string[] => [
    '--bundle',
    bundle.archive(),
    ...args,
  ]

  test('what one lets pass is shown as excepted in every output, and does not fail', async () => {
    await put('a.yaml', pod('legacy', '{ bad: "1" }'))
    const files = ['json', 'sarif', 'markdown', 'html', 'junit', 'gitlab']
    const outputs = files.flatMap((format) => ['-o', `${format}=out.${format}`])
    const { code, stdout } = await check(by('-o', 'text', ...outputs, 'a.yaml'))
    expect(code).toBe(0)
    const said = 'legacy, until 2999-12-31, by team-a: goes with the rewrite'
    expect(stdout).toContain('excepted[bad]: is marked bad')
    expect(stdout).toContain(`= exception: ${said}`)
    expect(stdout).toContain('0 denied, 0 warnings, 1 excepted')
    const out = Object.fromEntries(
      await Promise.all(
        files.map(async (each) => [each, await readFile(join(path(), `out.${each}`), 'utf8')]),
      ),
    ) as Readonly<Record<string, string>>
    const json = JSON.parse(out['json'] ?? '') as Report
    expect(json).toMatchObject({
      verdict: 'clean',
      findings: [],
      suppressed: [{ suppression: { kind: 'exception', name: 'legacy', owner: 'team-a' } }],
      exceptions: [
        { name: 'legacy', expired: false, matched: 1, used: 1 },
        { name: 'over', expired: true, matched: 0, used: 0 },
      ],
    })
    const sarif = JSON.parse(out['sarif'] ?? '') as {
      runs: [{ results: [{ suppressions: unknown }] }]
    }
    expect(sarif.runs[0].results[0].suppressions).toMatchObject([
      {
        kind: 'external',
        status: 'accepted',
        justification: expect.stringContaining('team-a') as string,
      },
    ])
    expect(out['markdown']).toContain('legacy, until 2999-12-31, by team-a')
    expect(out['html']).toContain('<span class="action">Excepted</span>')
    expect(out['junit']).not.toContain('<failure')
    expect(JSON.parse(out['gitlab'] ?? '')).toEqual([])
  })

  test('one that is over lets nothing pass, and is told', async () => {
    await put('a.yaml', pod('shop', '{ bad: "1" }'))
    const { code, stderr, stdout } = await check(by('-v', 'a.yaml'))
    expect(stderr).toContain('warning[bundle/expired-exception]')
    expect(stderr).toContain('`over` from binding `no-bad` (owner team-b) expired on 2020-01-31')
    expect(stdout).toContain('deny[bad]')
    expect(stdout).toContain('over    expired on 2020-01-31')
    expect(stdout).toContain('legacy  about none of these objects')
    expect(code).toBe(1)
  })

  test('one whose objects are mended is told as unused, with who owns it', async () => {
    await put('a.yaml', pod('legacy', '{}'))
    const { code, stderr } = await check(by('a.yaml'))
    expect(stderr).toContain('warning[bundle/unused-exception]')
    expect(stderr).toContain(
      '`legacy` from binding `no-bad` (owner team-a) is unused: nothing to let pass in 1 object',
    )
    expect(code).toBe(0)
  })

  test('one is not called unused by a run that did not judge everything', async () => {
    await put('a.yaml', `${pod('legacy', '{}')}---\n- no object\n`)
    const { code, stderr } = await check(by('a.yaml'))
    expect(stderr).not.toContain('unused-exception')
    expect(code).toBe(2)
  })

  test('of a binding that is not asked for is left out', async () => {
    await put('a.yaml', pod('shop', '{}'))
    expect((await report(by('--binding', 'no-bad', 'a.yaml'))).exceptions).toHaveLength(2)
    expect((await report(by('--binding', 'elsewhere', 'a.yaml'))).exceptions).toEqual([])
  })
})
