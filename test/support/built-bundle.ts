// A bundle of a test's own, built once by the command line itself.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { portcullis } from './portcullis.ts'

/** @param spec Of `bundle.yaml`. @param policies Rego by the policy's name. Returns where the archive is. */
export function useBuiltBundle(spec: string, policies: Readonly<Record<string, string>>) {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-bundle-'))
    const head = 'apiVersion: portcullis.dev/v1\nkind: Bundle\nmetadata: { name: made }\nspec:\n'
    await writeFile(join(folder, 'bundle.yaml'), head + spec.replaceAll(/^/gm, '  '))
    for (const [name, rego] of Object.entries(policies)) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'policy.rego'), rego)
    }
    const { code, stderr } = await portcullis(['build', folder, '-o', join(folder, 'b.tgz')])
    if (code !== 0) throw new Error(stderr)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return { archive: () => join(folder, 'b.tgz'), folder: () => folder }
}
