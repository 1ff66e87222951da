import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasCompiler } from '../support/has-compiler.ts'
import { checkedInBundle, POLICIES } from '../support/policies.ts'
import { portcullis } from '../support/portcullis.ts'

const ARCHIVE = join(POLICIES, 'bundle.tgz')

describe('doc', () => {
  test('tells every binding, policy and parameter', async () => {
    const { code, stdout, stderr } = await portcullis(['doc', ARCHIVE])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await expect(stdout).toMatchFileSnapshot('snapshots/doc.md')
    const { bindings, policies } = checkedInBundle()
    for (const { name } of bindings) expect(stdout).toContain(`| <code>${name}</code> |`)
    for (const { name, parameterSchema } of policies) {
      expect(stdout).toContain(`\n## ${name}\n`)
      for (const parameter of Object.keys(parameterSchema['properties'] ?? {})) {
        expect(stdout).toContain(`\n| <code>${parameter}</code> |`)
      }
    }
  })

  test('what is no bundle: exit 2, nothing on stdout', async () => {
    const { code, stdout } = await portcullis(['doc', 'no-such.tgz'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test.skipIf(!hasCompiler('doc of a folder'))(
    'a folder and its archive give the same page; text of a policy cannot become markup; exceptions are told',
    async () => {
      expect((await portcullis(['doc', POLICIES])).stdout).toBe(
        (await portcullis(['doc', ARCHIVE])).stdout,
      )
      const folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
      try {
        await cp(POLICIES, folder, { recursive: true })
        await writeFile(
          join(folder, 'bundle.yaml'),
          `apiVersion: portcullis.dev/v1
kind: Bundle
metadata: { name: hostile }
spec:
  bindings: [{ name: network, policy: host-network }]
  exceptions:
    - { name: old, binding: network, match: { namespaces: [a] }, owner: team-a, reason: "<b>|</b> [x](y)", expires: 9999-12-31 }
`,
        )
        const { code, stdout } = await portcullis(['doc', folder])
        expect(code).toBe(0)
        expect(stdout).toContain(
          '| <code>old</code> | <code>network</code> | namespaces: <code>\\["a"\\]</code> | &lt;b&gt;&#124;&lt;/b&gt; \\[x\\](y) | team-a | 9999-12-31 |',
        )
        expect(stdout).toContain('**Bound by:** nothing')
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )
})
