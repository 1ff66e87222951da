import { positionAt, type SourceFile, type Span } from '../source/source-file.ts'

/** A place as commands print it in JSON. Null where there is none; lines and columns count from 1. */
export interface ReportedPlace {
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
}

export function reportedPlace(
  at: { readonly file: SourceFile; readonly span: Span } | undefined,
): ReportedPlace {
  if (at === undefined) return { file: null, line: null, column: null }
  return { file: at.file.path, ...positionAt(at.file, at.span.start) }
}
