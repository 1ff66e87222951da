// Runs one case as a policy would be run: compiled by our compiler, its module metered, its built-ins ours.

import type { Compiler } from '../../src/compiler/compiler.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { BUILTINS } from '../../src/builtins/builtins.ts'
import { formatRegoValue, parseRegoValue, type RegoValue } from '../../src/builtins/rego-value.ts'
import { parseValue, resolveBuiltins } from '../../src/policy/builtin-calls.ts'
import { PolicyInstance } from '../../src/policy/instance.ts'
import { readText } from '../../src/policy/memory-text.ts'
import { planInstances } from '../../src/policy/plan-instances.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import type { Case } from './load-cases.ts'

/** `refused`: the compiler did not make a module; `failed`: the module, or a built-in, stopped. */
export type Outcome =
  | { readonly kind: 'result'; readonly bindings: readonly unknown[] }
  | { readonly kind: 'refused' | 'failed'; readonly message: string }

const FUEL = 50_000_000
const NOW_NS = 1_700_000_000_000_000_000n

export function runCase(compiler: Compiler, item: Case): Outcome {
  const modules = (item.modules ?? []).map((text, index) =>
    createSourceFile(`module-${index}.rego`, text),
  )
  const { wasm, diagnostics } = compiler.build({
    sources: [...modules, createSourceFile('query.rego', queryModule(item))],
    entrypoints: ['conformance_query/results'],
    hostBuiltins: [...BUILTINS.keys()],
    isLenient: true,
  })
  if (wasm === undefined) {
    return { kind: 'refused', message: diagnostics.map(({ message }) => message).join('; ') }
  }
  try {
    return { kind: 'result', bindings: evaluate(wasm, item) }
  } catch (error) {
    return { kind: 'failed', message: describe(error) }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = 'text' in error ? `: ${String(error.text)}` : ''
  return `${error.message}${text}${error.cause === undefined ? '' : ` (${describe(error.cause)})`}`
}

/** The query as the body of a rule: one member for each of its answers, an object of its variables. */
function queryModule({ query, want_result: wanted = [] }: Case): string {
  const names = new Set(wanted.flatMap((bindings) => Object.keys(bindings)))
  const bindings = Array.from(names, (each) => `${JSON.stringify(each)}: ${each}`)
  return `package conformance_query\n\nresults contains {${bindings.join(', ')}} if {\n${query}\n}\n`
}

function evaluate(wasm: Uint8Array, item: Case): readonly unknown[] {
  const bundle = { wasm, data: item.data ?? {}, bindings: [] } as unknown as Bundle
  const { plan, diagnostics } = planInstances(bundle, {
    fuelPerBinding: FUEL,
    fuelPerReview: FUEL,
    memoryPages: 4096,
  })
  if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '))
  const { builtins, missing } = resolveBuiltins(new PolicyInstance(plan).readRequiredBuiltins())
  if (missing.length > 0) throw new Error(`missing built-ins: ${missing.join(', ')}`)
  const instance = new PolicyInstance({ ...plan, builtins })
  const { exports, memory, context } = parts(instance)
  instance.fuelLeft = FUEL
  instance['nowNs'] = NOW_NS
  const input = inputText(item)
  if (input !== undefined) {
    const value = parseValue({ memory, exports }, input)
    if (value === 0) throw new Error('the input cannot be read')
    exports.opa_eval_ctx_set_input(context, value)
  }
  exports.opa_eval_ctx_set_entrypoint(context, 0)
  if (exports.eval(context) !== 0) throw new Error('eval failed')
  const text = readText(memory, exports.opa_value_dump(exports.opa_eval_ctx_get_result(context)))
  const results = toJson(parseRegoValue(text)) as { result: unknown[] }[]
  return results[0]?.result ?? []
}

/** Sets are arrays in Rego's order; an object's key that is no string is its text. */
function toJson(value: RegoValue): unknown {
  if (value === null || typeof value !== 'object') return value
  switch (value.kind) {
    case 'number':
      return Number(value.text)
    case 'array':
    case 'set':
      return value.items.map(toJson)
    case 'object':
      return Object.fromEntries(
        value.entries.map(([key, item]) => [
          typeof key === 'string' ? key : JSON.stringify(toJson(key)),
          toJson(item),
        ]),
      )
  }
}

/** A review's way into an instance takes objects only; cases have input of any kind, or none. */
function parts(instance: PolicyInstance): {
  exports: PolicyInstance['exports']
  memory: PolicyInstance['memory']
  context: PolicyInstance['context']
} {
  return {
    exports: instance['exports'],
    memory: instance['memory'],
    context: instance['context'],
  }
}

function inputText(item: Case): string | undefined {
  if (item.input_term === undefined) {
    return 'input' in item ? JSON.stringify(item.input) : undefined
  }
  // Rego allows a comma before a closing bracket.
  return formatRegoValue(parseRegoValue(item.input_term.replace(/,(?=\s*[}\]])/g, '')))
}
