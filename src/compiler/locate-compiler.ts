import { readFile } from 'node:fs/promises'
import { CompilerError } from './compiler-error.ts'

/** Where `npm run build` puts the compiler; the same from src/compiler and dist/compiler. */
export const COMPILER_WASM = new URL('../../dist/compiler/opa.wasm', import.meta.url)

/**
 * The compiler that `npm run build` made, read when it is needed.
 * @throws CompilerError `compiler/not-built` from `read`.
 */
export function locateCompiler(file: URL = COMPILER_WASM): { read(): Promise<Uint8Array> } {
  return {
    async read() {
      try {
        return await readFile(file)
      } catch (cause) {
        throw new CompilerError(
          'compiler/not-built',
          'there is no compiler here, so Rego cannot be compiled: give an archive that `portcullis build` wrote; in a clone, install Go 1.26 or newer and run `npm run build`',
          { cause },
        )
      }
    },
  }
}
