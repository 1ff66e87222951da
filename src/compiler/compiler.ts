import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { DiagnosticCode } from '../diagnostic/catalogue.ts'
import type { SourceFile, Span } from '../source/source-file.ts'
import { CompilerError } from './compiler-error.ts'
import { type Answer, type Reactor, startReactor } from './reactor.ts'

export interface BuildRequest {
  /** Rego v1; files whose names end in `_test.rego` are left out. */
  readonly sources: readonly SourceFile[]
  /** `package/path/rule`, in any order: the module lists them sorted. */
  readonly entrypoints: readonly string[]
  /** Names of OPA's built-in functions that the engine provides beside the module's own. */
  readonly hostBuiltins: readonly string[]
  readonly target?: 'wasm' | 'plan'
}

export interface BuildResult {
  readonly wasm?: Uint8Array
  /** OPA's intermediate representation. */
  readonly plan?: unknown
  readonly annotations: readonly Annotations[]
  readonly diagnostics: readonly Diagnostic[]
}

/** One METADATA block. */
export interface Annotations {
  readonly scope: 'package' | 'rule' | 'document' | 'subpackages'
  /** Where the package or rule stands below `data`. */
  readonly path: readonly string[]
  readonly file: SourceFile
  /** The block, from its first comment to the end of its last. */
  readonly span: Span
  readonly title?: string
  readonly description?: string
  readonly entrypoint?: boolean
  readonly organizations?: readonly string[]
  readonly relatedResources?: readonly { readonly ref: string; readonly description?: string }[]
  readonly authors?: readonly { readonly name: string; readonly email?: string }[]
  /** `path` is the document's, as in `['input', 'parameters']`; `definition` a schema by value. */
  readonly schemas?: readonly {
    readonly path: readonly string[]
    readonly definition?: unknown
    readonly schema?: readonly string[]
  }[]
  readonly custom?: Readonly<Record<string, unknown>>
  readonly labels?: Readonly<Record<string, unknown>>
}

/** OPA's compiler. Every call is synchronous; @throws CompilerError where the job cannot be done. */
export interface Compiler {
  /** Gives no module when there is a diagnostic. The same sources, in any order, give the same bytes. */
  build(request: BuildRequest): BuildResult
}

export async function loadCompiler(wasm: { read(): Promise<Uint8Array> }): Promise<Compiler> {
  const module = await WebAssembly.compile((await wasm.read()) as BufferSource)
  let warm: Reactor | undefined
  const call = (request: object): { header: Header; attachment: Uint8Array } => {
    warm ??= startReactor(module)
    const reactor = warm
    // A reactor that crashes is not used again.
    warm = undefined
    const { header, attachment }: Answer = reactor.call(request)
    const checked = header as Header
    if (checked.panic !== undefined) {
      throw new CompilerError('compiler/crashed', `the compiler crashed: ${checked.panic}`)
    }
    warm = reactor
    if (checked.failure !== undefined) {
      throw new CompilerError('compiler/refused', checked.failure)
    }
    return { header: checked, attachment }
  }
  return {
    build({ sources, entrypoints, hostBuiltins, target = 'wasm' }) {
      const sorted = sources.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
      const { header, attachment } = call({
        operation: 'build',
        sources: sorted.map(({ path, text }) => ({ path, text })),
        entrypoints: [...new Set(entrypoints)].toSorted(),
        hostBuiltins: hostBuiltins.toSorted(),
        target,
      })
      const diagnostics = (header.faults ?? []).map((each) => toDiagnostic(each, sorted))
      const annotations = (header.annotations ?? []).flatMap((each) => toAnnotations(each, sorted))
      if (diagnostics.length > 0) return { annotations, diagnostics }
      return target === 'wasm'
        ? { wasm: attachment, annotations, diagnostics }
        : { plan: JSON.parse(Buffer.from(attachment).toString()), annotations, diagnostics }
    },
  }
}

interface Header {
  readonly faults?: readonly Fault[] | null
  readonly annotations?: readonly RawAnnotations[]
  readonly failure?: string
  readonly panic?: string
}

interface Place {
  readonly file: number
  readonly start: number
  readonly end: number
}

interface Fault {
  readonly code: DiagnosticCode
  readonly message: string
  readonly details?: readonly string[]
  readonly place?: Place
}

interface RawAnnotations {
  readonly path: readonly string[]
  readonly place?: Place
  readonly keys: Readonly<Record<string, unknown>>
}

function toDiagnostic(fault: Fault, sources: readonly SourceFile[]): Diagnostic {
  const { place } = fault
  const file = place === undefined ? undefined : sources[place.file]
  return diagnostic(fault.code, fault.message, {
    ...(place === undefined || file === undefined
      ? {}
      : { primary: { file, span: { start: place.start, end: place.end } } }),
    ...(fault.details === undefined ? {} : { help: fault.details.join('\n') }),
  })
}

function toAnnotations(raw: RawAnnotations, sources: readonly SourceFile[]): Annotations[] {
  const { place } = raw
  const file = place === undefined ? undefined : sources[place.file]
  if (place === undefined || file === undefined) return []
  const { location, related_resources: relatedResources, schemas, ...keys } = raw.keys
  void location
  return [
    {
      ...(keys as unknown as Annotations),
      path: raw.path,
      file,
      span: { start: place.start, end: place.end },
      ...(relatedResources === undefined
        ? {}
        : { relatedResources: relatedResources as NonNullable<Annotations['relatedResources']> }),
      ...(schemas === undefined ? {} : { schemas: (schemas as RawSchema[]).map(toSchema) }),
    },
  ]
}

interface RawSchema {
  readonly path: readonly { readonly value: string }[]
  readonly schema?: readonly { readonly value: string }[]
  readonly definition?: unknown
}

function toSchema(raw: RawSchema): NonNullable<Annotations['schemas']>[number] {
  return {
    path: raw.path.map(({ value }) => value),
    ...(raw.schema === undefined ? {} : { schema: raw.schema.map(({ value }) => value) }),
    ...(raw.definition === undefined ? {} : { definition: raw.definition }),
  }
}
