import { mkdtemp, rm, writeFile, cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Inspection } from '../../src/cli/inspect/inspect-bundle.ts'
import { INSPECTION_SCHEMA } from '../../src/cli/inspect/inspection-schema.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { checkedInBundle, POLICIES } from '../support/policies.ts'
import { portcullis } from '../support/portcullis.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function inspectJson(...args: string[]): Promise<Inspection> {
  const { code, stdout, stderr } = await portcullis(['inspect', '-o', 'json', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const inspection = JSON.parse(stdout) as Inspection
  const validate = new Ajv2020().compile(INSPECTION_SCHEMA)
  expect(validate(inspection), JSON.stringify(validate.errors)).toBe(true)
  return inspection
}

describe('inspect', () => {
  test('shows the bundle of the package where none is named, to its schema', async () => {
    const expected = checkedInBundle()
    const inspection = await inspectJson()
    expect(inspection.bundle).toMatchObject({
      name: expected.name,
      digest: expected.digest,
      revision: expected.revision,
      moduleBytes: expected.wasm.length,
    })
    expect(inspection.bindings.map(({ name, policy }) => ({ name, policy }))).toEqual(
      expected.bindings.map(({ name, policy }) => ({ name, policy: policy.name })),
    )
    const limits = inspection.policies.find(({ name }) => name === 'container-limits')
    expect(limits?.parameters.find(({ name }) => name === 'resources')).toMatchObject({
      type: 'list of strings',
      isRequired: false,
      default: ['cpu', 'memory'],
    })
  })

  test('is readable: every binding with its match, every policy with its severity', async () => {
    const { code, stdout } = await portcullis(['inspect'])
    expect(code).toBe(0)
    expect(stdout).toContain('no-host-network')
    expect(stdout).toContain('excludedNamespaces: ["kube-system"]')
    expect(stdout).toContain('severity    high')
    expect(stdout).toContain('resources (list of strings, default ["cpu","memory"])')
    expect(stdout).not.toContain('\u001b')
  })

  test('what is no bundle: exit 2, nothing on stdout', async () => {
    const path = join(folder, 'x.tgz')
    await writeFile(path, 'no bundle')
    const { code, stdout, stderr } = await portcullis(['inspect', path])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('error[bundle/unreadable]')
  })

  describe.skipIf(!hasCompiler('inspect of a folder'))('a folder', () => {
    test('is built in memory, to the digest of the archive', async () => {
      const { bundle } = await inspectJson(POLICIES)
      expect(bundle.digest).toBe(checkedInBundle().digest)
    })

    test('shows exceptions with their owner, and which are over', async () => {
      await cp(POLICIES, folder, { recursive: true })
      await writeFile(
        join(folder, 'bundle.yaml'),
        `apiVersion: portcullis.dev/v1
kind: Bundle
metadata: { name: excepted }
spec:
  bindings: [{ name: network, policy: host-network }]
  exceptions:
    - { name: old, binding: network, match: { namespaces: [a] }, owner: team-a, reason: legacy, expires: 2020-02-29 }
    - { name: new, binding: network, match: { namespaces: [b] }, owner: team-b, reason: legacy, expires: 9999-12-31 }
`,
      )
      const { exceptions } = await inspectJson(folder)
      expect(exceptions).toMatchObject([
        { name: 'old', owner: 'team-a', expires: '2020-02-29', expired: true },
        { name: 'new', owner: 'team-b', expires: '9999-12-31', expired: false },
      ])
      const { stdout } = await portcullis(['inspect', folder])
      expect(stdout).toContain('2020-02-29 (expired)')
    })
  })
})
