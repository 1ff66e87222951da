import { setFlagsFromString } from 'node:v8'
import type { Diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { type Annotations, toAnnotations } from './annotations.ts'
import { toDiagnostics } from './answer.ts'
import { type ExplainResult, type RawExplanation, toExplanation } from './explanation.ts'
import { type WarmReactor, keepWarm } from './keep-warm.ts'
import { type TestRun, toTestRun } from './test-run.ts'

/**
 * OPA's compiler. Every call is synchronous. Sources must have different paths; their order never
 * matters. @throws CompilerError where the job cannot be done; faults of Rego are diagnostics.
 */
export interface Compiler {
  build(request: BuildRequest): BuildResult
  /** Reads METADATA blocks, of all sources that can be parsed, without compiling. */
  annotations(sources: readonly SourceFile[], options?: RegoOptions): AnnotationsResult
  /** Tells the package of each source that can be parsed, in the order of the paths. */
  packages(sources: readonly SourceFile[], options?: RegoOptions): PackagesResult
  /** Runs the rules whose names begin with `test_`. Every built-in but those that do I/O is there. */
  test(sources: readonly SourceFile[], options?: TestOptions): TestRun
  format(source: SourceFile, options?: RegoOptions): FormatResult
  /** The built-in functions that a compiled module has in itself. */
  nativeBuiltins(): readonly NativeBuiltin[]
  /** Runs a query in OPA's interpreter, where a failed built-in is undefined, as in the module. */
  evaluate(request: EvaluateRequest): EvaluateResult
  /** Asks for many values over one compilation, each on an input of its own: what stops one stops no other. */
  evaluateAll(request: EvaluateAllRequest): EvaluateAllResult
  /** Evaluates a set, and tells which rules made each member and where the others gave up. */
  explain(request: ExplainRequest): ExplainResult
}

export interface RegoOptions {
  readonly regoVersion?: 0 | 1
}

export interface BuildRequest extends RegoOptions {
  /** Files whose names end in `_test.rego` are left out. */
  readonly sources: readonly SourceFile[]
  /** `package/path/rule`, in any order: the module lists them sorted. */
  readonly entrypoints: readonly string[]
  /** Names of OPA's built-in functions that the engine provides beside the module's own. */
  readonly hostBuiltins: readonly string[]
  readonly target?: 'wasm' | 'plan'
  /** Without OPA's strict checks: for Rego that others wrote. */
  readonly isLenient?: boolean
}

/** Has neither `wasm` nor `plan` when there is a diagnostic. The same sources give the same bytes. */
export interface BuildResult {
  readonly wasm?: Uint8Array
  /** OPA's intermediate representation. */
  readonly plan?: unknown
  readonly annotations: readonly Annotations[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface AnnotationsResult {
  readonly annotations: readonly Annotations[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface PackagesResult {
  readonly packages: readonly { readonly file: SourceFile; readonly path: readonly string[] }[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface TestOptions extends RegoOptions {
  readonly data?: unknown
  /** A regular expression (RE2) that `data.package.name` must match. */
  readonly filter?: string
  readonly coverage?: boolean
  /** For each test; 5,000 if not given. */
  readonly timeoutMs?: number
}

export interface FormatResult {
  readonly text?: string
  readonly diagnostics: readonly Diagnostic[]
}

export interface NativeBuiltin {
  readonly name: string
  readonly arity: number
  /** Refused by the strict checks. */
  readonly deprecated: boolean
}

export interface EvaluateRequest extends RegoOptions {
  readonly sources: readonly SourceFile[]
  readonly query: string
  readonly input?: unknown
  readonly data?: unknown
}

export interface EvaluateResult {
  /** OPA's result set, empty where the query is undefined; sets are arrays. */
  readonly results: readonly QueryResult[]
  /** The same as JSON text, in which numbers keep every digit. */
  readonly json: string
  /** Why the evaluation stopped, as in a conflict between rules. */
  readonly error?: string
  readonly diagnostics: readonly Diagnostic[]
}

export interface QueryResult {
  readonly expressions: readonly { readonly value: unknown; readonly text: string }[]
  readonly bindings?: Readonly<Record<string, unknown>>
}

export interface EvaluateAllRequest extends EvaluationContext {
  readonly cases: readonly EvaluationCase[]
}

/** What evaluations in OPA's interpreter share. */
interface EvaluationContext extends RegoOptions {
  readonly sources: readonly SourceFile[]
  readonly data?: unknown
  /** What policies see as the time. */
  readonly now: Date
  /** For each evaluation; 5,000 if not given. */
  readonly timeoutMs?: number
}

interface EvaluationCase {
  /** A reference, `data.host_network.violation`. */
  readonly query: string
  /** The input as JSON text, in which numbers keep every digit. */
  readonly inputJson: string
}

export interface EvaluateAllResult {
  /** One for each case, in their order; none where there are diagnostics. */
  readonly results: readonly EvaluatedCase[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Has neither where the value is undefined. */
export interface EvaluatedCase {
  /** Sets are arrays. */
  readonly value?: unknown
  /** Why the evaluation stopped. */
  readonly error?: string
}

export interface ExplainRequest extends EvaluationContext, EvaluationCase {}

export type { Annotations } from './annotations.ts'

const DEFAULT_TIMEOUT_MS = 5_000

/** Makes the compiler ready: some 150 ms, and 250 MB from the first call on. Keep it. */
export async function loadCompiler(wasm: { read(): Promise<Uint8Array> }): Promise<Compiler> {
  const bytes = await wasm.read()
  return createCompiler(keepWarm(await compileUnoptimized(bytes)))
}

/**
 * Node 20 begins to optimize a few functions of Go's as soon as they run, which takes seconds, and a process does not end before
 * that has. The setting is looked at when a module is compiled; other modules are not to have it.
 */
async function compileUnoptimized(bytes: Uint8Array): Promise<WebAssembly.Module> {
  setFlagsFromString('--liftoff-only')
  try {
    return await WebAssembly.compile(bytes as BufferSource)
  } finally {
    setFlagsFromString('--no-liftoff-only')
  }
}

function createCompiler(reactor: WarmReactor): Compiler {
  return {
    build({ sources, entrypoints, hostBuiltins, target = 'wasm', regoVersion = 1, isLenient }) {
      const sorted = sortByPath(sources)
      const { header, attachment } = reactor.call('build', sorted, {
        regoVersion,
        entrypoints: [...new Set(entrypoints)].toSorted(),
        hostBuiltins: hostBuiltins.toSorted(),
        target,
        lenient: isLenient ?? false,
      })
      const annotations = (header.annotations ?? []).flatMap((each) => toAnnotations(each, sorted))
      const diagnostics = toDiagnostics(header.faults, sorted)
      if (diagnostics.length > 0) return { annotations, diagnostics }
      return target === 'wasm'
        ? { wasm: attachment, annotations, diagnostics }
        : { plan: JSON.parse(decode(attachment)) as unknown, annotations, diagnostics }
    },
    annotations(sources, { regoVersion = 1 } = {}) {
      const sorted = sortByPath(sources)
      const { header } = reactor.call('annotations', sorted, { regoVersion })
      return {
        annotations: (header.annotations ?? []).flatMap((each) => toAnnotations(each, sorted)),
        diagnostics: toDiagnostics(header.faults, sorted),
      }
    },
    packages(sources, { regoVersion = 1 } = {}) {
      const sorted = sortByPath(sources)
      const { header } = reactor.call('packages', sorted, { regoVersion })
      return {
        packages: (header.packages ?? []).flatMap(({ file: index, path }) => {
          const file = sorted[index]
          return file === undefined ? [] : [{ file, path }]
        }),
        diagnostics: toDiagnostics(header.faults, sorted),
      }
    },
    test(sources, { regoVersion = 1, data, filter, coverage, timeoutMs } = {}) {
      const sorted = sortByPath(sources)
      const { header } = reactor.call('test', sorted, {
        regoVersion,
        filter,
        coverage,
        timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
        ...(data === undefined ? {} : { data: JSON.stringify(data) }),
      })
      return toTestRun(header, sorted)
    },
    format(source, { regoVersion = 1 } = {}) {
      const { header, attachment } = reactor.call('format', [source], { regoVersion })
      const diagnostics = toDiagnostics(header.faults, [source])
      return diagnostics.length > 0 ? { diagnostics } : { text: decode(attachment), diagnostics }
    },
    nativeBuiltins() {
      return reactor.call('builtins', [], {}).header.builtins ?? []
    },
    evaluate({ sources, query, input, data, regoVersion = 1 }) {
      const sorted = sortByPath(sources)
      const { header, attachment } = reactor.call('evaluate', sorted, {
        regoVersion,
        query,
        ...(input === undefined ? {} : { input: JSON.stringify(input) }),
        ...(data === undefined ? {} : { data: JSON.stringify(data) }),
      })
      const json = attachment.length === 0 ? '[]' : decode(attachment)
      return {
        results: JSON.parse(json) as QueryResult[],
        json,
        ...(header.error === undefined ? {} : { error: header.error }),
        diagnostics: toDiagnostics(header.faults, sorted),
      }
    },
    evaluateAll({ sources, cases, ...context }) {
      const sorted = sortByPath(sources)
      const { header, attachment } = reactor.call('evaluateAll', sorted, {
        ...contextFields(context),
        cases: cases.map(({ query, inputJson }) => ({ query, input: inputJson })),
      })
      const diagnostics = toDiagnostics(header.faults, sorted)
      if (diagnostics.length > 0) return { results: [], diagnostics }
      return { results: JSON.parse(decode(attachment)) as EvaluatedCase[], diagnostics }
    },
    explain({ sources, query, inputJson, ...context }) {
      const sorted = sortByPath(sources)
      const { header, attachment } = reactor.call('explain', sorted, {
        ...contextFields(context),
        query,
        input: inputJson,
      })
      const diagnostics = toDiagnostics(header.faults, sorted)
      if (header.error !== undefined) return { error: header.error, diagnostics }
      if (diagnostics.length > 0) return { diagnostics }
      const raw = JSON.parse(decode(attachment)) as RawExplanation
      return { explanation: toExplanation(raw, sorted), diagnostics }
    },
  }
}

function contextFields({
  data,
  now,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  regoVersion = 1,
}: Omit<EvaluationContext, 'sources'>): Readonly<Record<string, unknown>> {
  return {
    regoVersion,
    timeoutMs,
    nowMs: now.getTime(),
    ...(data === undefined ? {} : { data: JSON.stringify(data) }),
  }
}

/** By code unit: OPA walks maps in Go's random order where the order of sources is left to it. */
function sortByPath(sources: readonly SourceFile[]): SourceFile[] {
  return sources.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
