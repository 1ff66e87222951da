// The checks that need the module to run once: its ABI, the built-in functions it asks for, its entrypoints, and whether it
// takes the bundle's data and parameters.
import type { Bundle } from '../bundle/bundle.ts'
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import { resolveBuiltins } from './builtin-calls.ts'
import { labelInBundle } from './bundle-label.ts'
import { describeFailure } from './failure.ts'
import { type InstancePlan, PolicyInstance, UnusableModule } from './instance.ts'
import { invalidModule } from './plan-instances.ts'

export interface CheckedInstance {
  /** With the built-in functions that the module asks for. */
  readonly plan: InstancePlan
  /** Absent where there are errors. */
  readonly instance?: PolicyInstance
  readonly diagnostics: readonly Diagnostic[]
}

export function checkInstance(bundle: Bundle, plan: InstancePlan): CheckedInstance {
  try {
    const instance = new PolicyInstance(plan)
    const { builtins, missing } = resolveBuiltins(instance.readRequiredBuiltins())
    instance.builtins = builtins
    const complete = { ...plan, builtins }
    const diagnostics = [
      ...missing.map(unknownBuiltin),
      ...findUnknownEntrypoints(bundle, instance.entrypoints),
    ]
    return diagnostics.length > 0
      ? { plan: complete, diagnostics }
      : { plan: complete, instance, diagnostics }
  } catch (error) {
    return { plan, diagnostics: [invalidModule(describeLoadFailure(error))] }
  }
}

function describeLoadFailure(error: unknown): string {
  if (error instanceof UnusableModule) return error.message
  // The SDK throws a string where the module refuses data.
  if (typeof error === 'string') return 'it refuses the data of `data.json`'
  if (error instanceof WebAssembly.LinkError)
    return 'its imports do not have the types of OPA’s ABI'
  const { code, text } = describeFailure(error, 0)
  return code === 'unreadable-review'
    ? 'it refuses a binding’s parameters'
    : `on loading, it ${text}`
}

function findUnknownEntrypoints(
  bundle: Bundle,
  entrypoints: ReadonlyMap<string, number>,
): Diagnostic[] {
  return bundle.policies.flatMap((policy, index) => {
    if (entrypoints.has(policy.entrypoint)) return []
    const message = `policy \`${policy.name}\`: \`policy.wasm\` has no entrypoint \`${policy.entrypoint}\``
    const primary = labelInBundle(bundle, ['policies', index, 'entrypoint'], 'not in the module')
    const help = `The module has: ${[...entrypoints.keys()].toSorted().join(', ') || 'none'}`
    return [diagnostic('bundle/unknown-entrypoint', message, { ...primary, help })]
  })
}

function unknownBuiltin(name: string): Diagnostic {
  return diagnostic(
    'bundle/unknown-builtin',
    `\`policy.wasm\` needs the built-in function \`${name}\`, which the engine does not have`,
  )
}
