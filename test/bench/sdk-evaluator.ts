import { RegexAccount } from '../../src/builtins/regex-cache.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { asPolicyExports } from '../../src/policy/abi.ts'
import { callBuiltin, parseValue, resolveBuiltins } from '../../src/policy/builtin-calls.ts'
import { MAX_FUEL } from '../../src/policy/engine-options.ts'
import { LoadedPolicy } from '../../src/policy/sdk.ts'
import { FUEL_EXPORT } from '../../src/wasm/meter.ts'

/**
 * Returns a function that calls the SDK's evaluate() once a binding. A binding's parameters go into the input, beside the
 * request, as they do in the engine: the SDK has no other way for what differs from call to call. Built-in functions are
 * ours, as the SDK lacks some that the policies call.
 */
export function sdkEvaluator(bundle: Bundle, wasm: Uint8Array): (request: unknown) => void {
  const module = new WebAssembly.Module(new Uint8Array(wasm))
  const memory = new WebAssembly.Memory({ initial: 16 })
  let builtins: ReturnType<typeof resolveBuiltins>['builtins'] = new Map()
  const charge = (): void => {}
  const context = { charge, nowNs: 0n, regexes: new RegexAccount(charge) }
  const call = (id: number, _context: number, ...operands: number[]): number =>
    callBuiltin({ memory, exports, builtins, booleans, context }, id, operands)
  const fail = (): never => {
    throw new Error('the module aborted')
  }
  const env = {
    memory,
    opa_abort: fail,
    opa_println: fail,
    ...Object.fromEntries([0, 1, 2, 3, 4].map((arity) => [`opa_builtin${arity}`, call])),
  }
  const instance = new WebAssembly.Instance(module, { env })
  const exports = asPolicyExports(instance.exports)
  const fuel = instance.exports[FUEL_EXPORT]
  // Of a metered module, which is not to run out of it.
  const refuel = (): void => {
    if (fuel instanceof WebAssembly.Global) fuel.value = MAX_FUEL
  }
  refuel()
  const parse = (text: string): number => parseValue({ memory, exports }, text)
  // Before the SDK takes note of where the heap begins.
  const booleans = { true: parse('true'), false: parse('false') }
  const policy = new LoadedPolicy({ module, instance }, memory, 3)
  const text = new TextDecoder().decode(
    new Uint8Array(memory.buffer).slice(exports.opa_json_dump(exports.builtins())),
  )
  const ids: Record<string, number> = JSON.parse(text.slice(0, text.indexOf('\0')))
  builtins = resolveBuiltins(new Map(Object.entries(ids))).builtins
  const calls = bundle.bindings.map(({ parameters, policy: { entrypoint } }) => ({
    entrypoint,
    input: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', parameters },
  }))
  return (request) => {
    refuel()
    for (const { entrypoint, input } of calls) {
      policy.evaluate({ ...input, request }, entrypoint)
    }
  }
}
