// The product's own policies, as sources and as the bundle that is checked in.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import { COMPILER_WASM } from '../../src/compiler/locate-compiler.ts'
import { createSourceFile, type SourceFile } from '../../src/source/source-file.ts'
import { ROOT } from './portcullis.ts'

export const POLICIES: string = join(ROOT, 'policies')

/** Says whether OPA's compiler is built; where it is not, says on stderr what is therefore not tested. */
export function hasCompiler(what: string): boolean {
  const found = existsSync(COMPILER_WASM)
  if (!found) console.error(`SKIPPED for lack of the compiler (Go and \`npm run build\`): ${what}`)
  return found
}

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
