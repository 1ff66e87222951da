import type { Compiler } from '../../compiler/compiler.ts'

/** Loads OPA's compiler, which takes half a second and more memory than all else: only for what must be compiled. Keep it. */
export async function openCompiler(): Promise<Compiler> {
  const { loadCompiler } = await import('../../compiler/compiler.ts')
  const { locateCompiler } = await import('../../compiler/locate-compiler.ts')
  return loadCompiler(locateCompiler())
}
