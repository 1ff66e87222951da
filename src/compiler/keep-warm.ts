import type { SourceFile } from '../source/source-file.ts'
import type { Header } from './answer.ts'
import { CompilerError } from './compiler-error.ts'
import { type Reactor, startReactor } from './reactor.ts'

export interface WarmReactor {
  call(
    operation: string,
    sources: readonly SourceFile[],
    fields: Readonly<Record<string, unknown>>,
  ): { readonly header: Header; readonly attachment: Uint8Array }
}

const MAX_IDLE_MEMORY_BYTES = 768 * 1024 * 1024

/** Keeps one instance for all calls; one that crashed or grew large is dropped, and the next call has a fresh one. */
export function keepWarm(module: WebAssembly.Module): WarmReactor {
  let warm: Reactor | undefined
  return {
    call(operation, sources, fields) {
      const paths = new Set<string>()
      for (const { path } of sources) {
        // As the compiler will see it: lone surrogates become one and the same character.
        const known = Buffer.from(path).toString()
        if (paths.has(known)) {
          throw new CompilerError('compiler/refused', `two sources are called \`${known}\``)
        }
        paths.add(known)
      }
      const reactor = warm ?? startReactor(module)
      warm = undefined
      const { header, attachment } = reactor.call({
        operation,
        sources: sources.map(({ path, text }) => ({ path, text })),
        ...fields,
      })
      const checked = header as Header
      if (checked.panic !== undefined) {
        throw new CompilerError('compiler/crashed', `the compiler crashed: ${checked.panic}`)
      }
      if (reactor.memoryBytes() < MAX_IDLE_MEMORY_BYTES) warm = reactor
      if (checked.failure !== undefined) {
        throw new CompilerError('compiler/refused', checked.failure)
      }
      return { header: checked, attachment }
    },
  }
}
