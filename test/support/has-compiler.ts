import { existsSync } from 'node:fs'
import { COMPILER_WASM } from '../../src/compiler/locate-compiler.ts'

/** Says whether OPA's compiler is built; where it is not, says on stderr what is therefore not tested. */
export function hasCompiler(what: string): boolean {
  const found = existsSync(COMPILER_WASM)
  if (!found) console.error(`SKIPPED for lack of the compiler (Go and \`npm run build\`): ${what}`)
  return found
}
