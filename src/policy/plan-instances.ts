// From a bundle's module as compiled to one that may be instantiated: metered, and asking for nothing we would not give.
import { AppError } from '../errors.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import { decodeImports, type Import } from '../wasm/imports.ts'
import { meterModule } from '../wasm/meter.ts'
import { decodeModule } from '../wasm/module.ts'
import { HANDED_OVER } from './builtin-calls.ts'
import type { EngineOptions } from './engine-options.ts'
import type { InstancePlan } from './instance.ts'
import { encodeText } from './memory-text.ts'

const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set([
  'opa_abort',
  'opa_println',
  'opa_builtin0',
  'opa_builtin1',
  'opa_builtin2',
  'opa_builtin3',
  'opa_builtin4',
])

/** A bundle's module, metered. Plain data to threads, which need not do that work again. */
export interface CompiledModule {
  readonly module: WebAssembly.Module
  readonly imports: readonly Import[]
}

/** Built-in functions are filled in by `checkInstance`: only a running module can tell which it needs. */
export function planInstances(
  bundle: Bundle,
  options: EngineOptions,
  known?: CompiledModule,
): { plan?: InstancePlan; compiled?: CompiledModule; diagnostics: Diagnostic[] } {
  const compiled = known ?? compile(bundle.wasm)
  if (typeof compiled === 'string') return { diagnostics: [invalidModule(compiled)] }
  const { module, imports } = compiled
  const diagnostics = imports
    .filter((each) => !isAllowed(each))
    .map(({ kind, module: from, name }) =>
      invalidModule(
        `it imports the ${kind} \`${from}.${name}\``,
        'A policy module may import its memory and OPA’s built-in calls, and nothing that reaches outside.',
      ),
    )
  if (diagnostics.length > 0) return { diagnostics }
  const memory = imports.find((each) => each.kind === 'memory')
  if (memory === undefined) {
    return { diagnostics: [invalidModule('it does not import its memory as `env.memory`')] }
  }
  if (memory.minimumPages > options.memoryPages) {
    const sizes = `${memory.minimumPages} pages of memory, ${options.memoryPages} allowed`
    return { diagnostics: [invalidModule(`it needs ${sizes}`)] }
  }
  const plan: InstancePlan = {
    module,
    initialPages: memory.minimumPages,
    maximumPages: Math.min(memory.maximumPages ?? options.memoryPages, options.memoryPages),
    data: encodeText(JSON.stringify(bundle.data)),
    parameters: bundle.bindings.map(({ parameters }) =>
      Object.keys(parameters).length === 0 ? undefined : encodeText(JSON.stringify(parameters)),
    ),
    builtins: new Map(),
  }
  return { plan, compiled, diagnostics: [] }
}

export function invalidModule(problem: string, help?: string): Diagnostic {
  const message = `\`policy.wasm\` cannot be run: ${problem}`
  return diagnostic('bundle/invalid-module', message, help === undefined ? {} : { help })
}

/** Returns what is wrong as text. */
function compile(wasm: Uint8Array): string | CompiledModule {
  try {
    const imports = decodeImports(decodeModule(wasm))
    return { module: new WebAssembly.Module(meterModule(wasm, HANDED_OVER)), imports }
  } catch (error) {
    if (error instanceof AppError) return error.message
    // The place it names is in the metered bytes, and would mislead.
    if (error instanceof WebAssembly.CompileError) return 'it is not a valid WebAssembly module'
    throw error
  }
}

function isAllowed(each: Import): boolean {
  if (each.module !== 'env') return false
  if (each.kind === 'memory') return each.name === 'memory'
  return each.kind === 'function' && ALLOWED_FUNCTIONS.has(each.name)
}
