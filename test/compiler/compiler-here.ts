import { describe } from 'vitest'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { type Location } from '../../src/compiler/answer.ts'
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { createSourceFile, positionAt, type SourceFile } from '../../src/source/source-file.ts'

/** Skips, aloud, where the compiler is not built. */
export const describeCompiler = describe.skipIf(!hasCompiler('the compiler'))

let compiler: Promise<Compiler> | undefined

/** One for all tests of a file; a fresh one by `loadCompiler(locateCompiler())`. */
export function sharedCompiler(): Promise<Compiler> {
  compiler ??= loadCompiler(locateCompiler())
  return compiler
}

export function rego(text: string, path = 'p.rego'): SourceFile {
  return createSourceFile(path, text)
}

/** What a span covers, with where it begins. */
export function shown(location: Location | undefined): string | undefined {
  if (location === undefined) return undefined
  const { file, span } = location
  const { line, column } = positionAt(file, span.start)
  return `${file.path}:${line}:${column} ${file.text.slice(span.start, span.end)}`
}

export function codesAndPlaces(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code, primary }) => `${code} ${shown(primary) ?? '-'}`)
}
