import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DIFF_SCHEMA } from '../../src/cli/diff/diff-schema.ts'
import type { BundleDiff } from '../../src/cli/diff/diff-bundles.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { POLICIES } from '../support/policies.ts'
import { portcullis, type Run } from '../support/portcullis.ts'

const ARCHIVE = join(POLICIES, 'bundle.tgz')

describe('diff', () => {
  test('a bundle and itself: exit 0', async () => {
    const { code, stdout } = await portcullis(['diff', ARCHIVE, ARCHIVE])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^the same: baseline, sha256:[0-9a-f]{64}\n$/)
  })

  test.each([
    [[], '`portcullis diff` needs two bundles: OLD NEW'],
    [[ARCHIVE], '`portcullis diff` needs two bundles: OLD NEW'],
    [[ARCHIVE, 'no-such.tgz'], 'cannot read `no-such.tgz`: no such file'],
    [[ARCHIVE, ARCHIVE, ARCHIVE], `\`portcullis diff\` has no use for \`${ARCHIVE}\``],
  ])('%j: exit 2', async (args, message) => {
    const { code, stdout, stderr } = await portcullis(['diff', ...args])
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `portcullis: ${message}\n`,
    })
  })

  describe.skipIf(!hasCompiler('diff of changed policies'))('of a changed bundle', () => {
    let folder: string
    let text: Run
    let json: Run
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
      await cp(POLICIES, folder, { recursive: true })
      await writeFile(
        join(folder, 'bundle.yaml'),
        `apiVersion: portcullis.dev/v1
kind: Bundle
metadata: { name: baseline }
spec:
  bindings:
    - { name: everywhere, policy: host-network }
    - name: production-owner
      policy: required-labels
      match: { namespaceSelector: { matchLabels: { environment: staging } } }
      parameters: { labels: [{ key: owner }], podTemplate: true }
    # Defaults that are written out are no difference.
    - { name: container-limits, policy: container-limits, match: { excludedNamespaces: [kube-system] }, parameters: { requireRequests: false } }
    - name: core-registries
      policy: trusted-registries
      match: { namespaces: ['core-*'] }
      parameters: { registries: [registry.example.com/core] }
  exceptions:
    - { name: old, binding: everywhere, match: { namespaces: [a] }, owner: team-a, reason: legacy, expires: 9999-12-31 }
`,
      )
      const rego = join(folder, 'host-network/policy.rego')
      await writeFile(
        rego,
        (await readFile(rego, 'utf8')).replace('severity: high', 'severity: critical'),
      )
      await writeFile(join(folder, 'data.json'), '{"teams":["a"]}')
      const next = join(folder, 'next.tgz')
      expect((await portcullis(['build', folder, '-o', next])).code).toBe(0)
      text = await portcullis(['diff', ARCHIVE, next])
      json = await portcullis(['diff', ARCHIVE, next, '-o', 'json'])
    })
    afterAll(() => rm(folder, { recursive: true }))

    test('exits 1, and shows what was and what is', async () => {
      expect({ code: text.code, stderr: text.stderr }).toEqual({ code: 1, stderr: '' })
      const shown = text.stdout.replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST')
      await expect(shown).toMatchFileSnapshot('snapshots/diff.txt')
    })

    test('as JSON, to its schema', () => {
      expect(json.code).toBe(1)
      const found = JSON.parse(json.stdout) as BundleDiff
      const validate = new Ajv2020().compile(DIFF_SCHEMA)
      expect(validate(found), JSON.stringify(validate.errors)).toBe(true)
      const kinds = (list: BundleDiff['bindings']) => list.map(({ name, kind }) => [name, kind])
      expect(kinds(found.bindings)).toEqual([
        ['everywhere', 'added'],
        ['no-host-network', 'removed'],
        ['production-owner', 'changed'],
      ])
      expect(found.bindings[2]?.changes).toEqual([
        {
          path: ['match', 'namespaceSelector', 'matchLabels', 'environment'],
          old: 'production',
          new: 'staging',
        },
        { path: ['parameters', 'podTemplate'], old: false, new: true },
      ])
      // Only this policy's Rego was touched.
      expect(kinds(found.policies)).toEqual([['host-network', 'changed']])
      expect(found.policies[0]?.changes.map(({ path }) => path)).toEqual([
        ['severity'],
        ['sourceDigest'],
      ])
      expect(kinds(found.exceptions)).toEqual([['old', 'added']])
      expect(kinds(found.data)).toEqual([['teams', 'added']])
    })
  })
})
