// What the Go module answers (protocol.go), and its way into our types.
import type { DiagnosticCode } from '../diagnostic/catalogue.ts'
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile, Span } from '../source/source-file.ts'

export interface Header {
  readonly faults: readonly Fault[] | null
  readonly annotations?: readonly RawAnnotations[]
  readonly packages?: readonly { readonly file: number; readonly path: readonly string[] }[]
  readonly tests?: readonly RawTest[]
  readonly coverage?: readonly {
    readonly file: number
    readonly covered: readonly LineRange[]
    readonly notCovered: readonly LineRange[]
  }[]
  readonly builtins?: readonly {
    readonly name: string
    readonly arity: number
    readonly deprecated: boolean
  }[]
  /** The evaluation failed. */
  readonly error?: string
  /** The request made no sense. */
  readonly failure?: string
  readonly panic?: string
}

export interface Place {
  readonly file: number
  readonly start: number
  readonly end: number
}

export interface Fault {
  readonly code: DiagnosticCode
  readonly message: string
  readonly help?: string
  readonly place?: Place
  readonly related?: readonly Place[]
}

export interface RawAnnotations {
  readonly path: readonly string[]
  readonly place?: Place
  readonly keys: Readonly<Record<string, unknown>>
}

export interface RawTest {
  readonly package: string
  readonly name: string
  readonly outcome: 'pass' | 'fail' | 'skip' | 'error'
  readonly durationUs: number
  readonly place?: Place
  readonly failure?: Place
  readonly values?: readonly NamedValue[]
  readonly message?: string
  readonly output?: string
  readonly cases?: readonly string[]
}

/** A part of an expression as its author wrote it, and its value in Rego's notation, cut where it is long. */
export interface NamedValue {
  readonly text: string
  /** `undefined` where there was none. */
  readonly value: string
}

/** Lines count from 1, both ends belong to the range. */
export interface LineRange {
  readonly first: number
  readonly last: number
}

/** A place in a source. */
export interface Location {
  readonly file: SourceFile
  readonly span: Span
}

export function toLocation(
  place: Place | undefined,
  sources: readonly SourceFile[],
): Location | undefined {
  const file = place === undefined ? undefined : sources[place.file]
  if (place === undefined || file === undefined) return undefined
  return { file, span: { start: place.start, end: place.end } }
}

export function toDiagnostics(
  faults: readonly Fault[] | null,
  sources: readonly SourceFile[],
): Diagnostic[] {
  return (faults ?? [])
    .map(({ code, message, help, place, related = [] }) => {
      const primary = toLocation(place, sources)
      return diagnostic(code, message, {
        related: related.flatMap((each) => toLocation(each, sources) ?? []),
        ...(primary === undefined ? {} : { primary }),
        ...(help === undefined ? {} : { help }),
      })
    })
    .toSorted((a, b) => compareLocations(a.primary, b.primary))
}

/** Those without a place come last. */
function compareLocations(a: Location | undefined, b: Location | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  if (a.file.path !== b.file.path) return a.file.path < b.file.path ? -1 : 1
  return a.span.start - b.span.start
}
