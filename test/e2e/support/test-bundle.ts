// The default policies under other bindings, as `portcullis build` writes them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WrittenBinding } from '../../../src/bundle/validators.ts'
import { writeBundle } from '../../../src/bundle/write-bundle.ts'
import { checkedInBundle } from '../../support/policies.ts'
import type { Cluster } from './cluster.ts'

/** Returns the options of `serve` that have it judge by them. */
export async function serveBindings(
  { folder }: Cluster,
  bindings: readonly WrittenBinding[],
): Promise<string[]> {
  const { policies, wasm, data } = checkedInBundle()
  const path = join(folder, 'bundle.tgz')
  await writeFile(path, writeBundle({ name: 'e2e', policies, bindings, wasm, data }))
  return ['--bundle', path]
}
