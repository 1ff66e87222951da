// What a review costs: `judge` with 4 and 50 bindings of the product's policies, beside JSON.parse of the same review and as
// many calls of the SDK's evaluate() on the same module, not metered.
import { readFileSync } from 'node:fs'
import { bench, describe } from 'vitest'
import type { Binding, Bundle } from '../../src/bundle/bundle.ts'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import { callBuiltin, resolveBuiltins } from '../../src/policy/builtin-calls.ts'
import { asPolicyExports } from '../../src/policy/abi.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import { judge } from '../../src/policy/judge.ts'
import { LoadedPolicy } from '../../src/policy/sdk.ts'
import { REVIEWS, type SizedReview } from './pods.ts'

const NOW = new Date('2026-01-02T03:04:05Z')
const BUNDLE_PATH = 'policies/bundle.tgz'
const product = readProduct()

for (const { label, review } of REVIEWS) {
  describe(`a review of ${label}, ${review.bytes.length} bytes`, () => {
    bench('JSON.parse', () => {
      JSON.parse(new TextDecoder().decode(review.bytes))
    })
    for (const count of [4, 50]) {
      const bundle = bindTimes(product, count)
      const engine = load(bundle)
      const evaluate = sdkEvaluator(bundle)
      bench(`judge, ${count} bindings`, () => {
        judge(engine, review, () => ({ kind: 'unknown' }), NOW)
      })
      bench(`evaluate() of the SDK, ${count} times`, () => evaluate(review.request))
    }
  })
}

for (const count of [4, 50]) {
  const bundle = bindTimes(product, count)
  const engine = load(bundle)
  const evaluate = sdkEvaluator(bundle)
  for (const sized of REVIEWS) printRatio(sized, count, engine, evaluate)
}

/** The fastest of many short rounds, taken in turns: what others do on the machine makes neither look better. */
function printRatio(
  { label, review }: SizedReview,
  count: number,
  engine: Engine,
  evaluate: (request: unknown) => void,
): void {
  const judging = (): unknown => judge(engine, review, () => ({ kind: 'unknown' }), NOW)
  const evaluating = (): void => evaluate(review.request)
  const parsing = (): unknown => JSON.parse(new TextDecoder().decode(review.bytes))
  const best = [judging, evaluating, parsing].map((run) => ({ run, us: Infinity }))
  const deadline = performance.now() + 4000
  while (performance.now() < deadline) {
    for (const each of best) {
      const started = performance.now()
      each.run()
      each.us = Math.min(each.us, (performance.now() - started) * 1000)
    }
  }
  const [judged = 0, evaluated = 0, parsed = 0] = best.map((each) => each.us)
  console.log(
    `${label}, ${count} bindings: judge ${judged.toFixed(0)} µs, evaluate() ${evaluated.toFixed(0)} µs, ` +
      `ratio ${(judged / evaluated).toFixed(3)}; JSON.parse ${parsed.toFixed(0)} µs`,
  )
}

function readProduct(): Bundle {
  const { bundle, diagnostics } = readBundle(readFileSync(BUNDLE_PATH), BUNDLE_PATH)
  if (bundle === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return bundle
}

/** Binds the bundle's policies as it does, everywhere, one after the other until there are enough. */
function bindTimes(bundle: Bundle, count: number): Bundle {
  const bindings = Array.from({ length: count }, (_, i): Binding => {
    const binding = bundle.bindings[i % bundle.bindings.length]
    if (binding === undefined) throw new Error('a bundle without bindings')
    return { ...binding, name: `binding-${i}`, match: {} }
  })
  return { ...bundle, bindings }
}

function load(bundle: Bundle): Engine {
  const { engine, diagnostics } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
  if (engine === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return engine
}

/** Calls the SDK's evaluate() once a binding, with built-ins of ours: some of them the SDK does not have. */
function sdkEvaluator(bundle: Bundle): (request: unknown) => void {
  const module = new WebAssembly.Module(new Uint8Array(bundle.wasm))
  const memory = new WebAssembly.Memory({ initial: 16 })
  let builtins: ReturnType<typeof resolveBuiltins>['builtins'] = new Map()
  const context = { charge: (): void => {}, nowNs: 0n }
  const call = (id: number, _context: number, ...operands: number[]): number =>
    callBuiltin({ memory, exports, builtins, context }, id, operands)
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
  const policy = new LoadedPolicy({ module, instance }, memory, 3)
  const text = new TextDecoder().decode(
    new Uint8Array(memory.buffer).slice(exports.opa_json_dump(exports.builtins())),
  )
  const ids: Record<string, number> = JSON.parse(text.slice(0, text.indexOf('\0')))
  builtins = resolveBuiltins(new Map(Object.entries(ids))).builtins
  return (request) => {
    for (const { parameters, policy: bound } of bundle.bindings) {
      const input = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request,
        parameters,
      }
      policy.evaluate(input, bound.entrypoint)
    }
  }
}
