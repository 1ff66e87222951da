// The product's own policies, as sources and as the bundle that is checked in.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import { createSourceFile, type SourceFile } from '../../src/source/source-file.ts'
import { ROOT } from './portcullis.ts'

export const POLICIES: string = join(ROOT, 'policies')

/** Every Rego file below `policies`, tests included, with paths relative to it. */
export function policySources(): SourceFile[] {
  return readdirSync(POLICIES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.rego'))
    .map((path) => createSourceFile(path, readFileSync(join(POLICIES, path), 'utf8')))
}

export function checkedInBundle(): Bundle {
  const { bundle, diagnostics } = readBundle(
    readFileSync(join(POLICIES, 'bundle.tgz')),
    'policies/bundle.tgz',
  )
  if (bundle === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return bundle
}
