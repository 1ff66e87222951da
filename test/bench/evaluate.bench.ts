// What a review costs: `judge` with 4 and 50 bindings of the product's policies, beside JSON.parse of the same review and as
// many calls of the SDK's evaluate() on the same module, not metered.
import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import type { Binding, Bundle } from '../../src/bundle/bundle.ts'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import { judge } from '../../src/policy/judge.ts'
import type { Review } from '../../src/policy/review.ts'
import { meterModule } from '../../src/wasm/meter.ts'
import { readFixtureModule } from '../policy/fixtures/compile.ts'
import { testBinding, testBundle, testPolicy } from '../support/bundle-parts.ts'
import { REVIEWS } from './pods.ts'
import { measureInTurns, printTable } from './rounds.ts'
import { sdkEvaluator } from './sdk-evaluator.ts'

const BUNDLE_PATH = 'policies/bundle.tgz'
const DURATION_MS = 5000

const product = readProduct()
const evaluation: Record<string, string>[] = []
const metering: Record<string, string>[] = []
const steps: Record<string, string>[] = []
const fuel: Record<string, string>[] = []

afterAll(() => {
  printTable('A review: medians in µs; ratios to the SDK and to JSON.parse', evaluation)
  printTable(
    'Metering: the SDK on the metered module, relative to the module as compiled',
    metering,
  )
  printTable('Fuel: steps of the product’s policies', steps)
  printTable('Fuel: policies that burn all that a binding has', fuel)
})

for (const { label, review } of REVIEWS) {
  test.each([4, 50])(`a review of ${label}, %i bindings`, (count) => {
    const bundle = bindTimes(product, count)
    const engine = load(bundle)
    const sdk = sdkEvaluator(bundle, bundle.wasm)
    const text = new TextDecoder().decode(review.bytes)
    const [judged = 0, evaluated = 0, parsed = 0] = measureInTurns(DURATION_MS, [
      () => judgeAll(engine, review),
      () => sdk(review.request),
      () => JSON.parse(text),
    ])
    evaluation.push({
      review: label,
      bindings: `${count}`,
      judge: judged.toFixed(0),
      'evaluate()': evaluated.toFixed(0),
      'JSON.parse': parsed.toFixed(0),
      'judge/evaluate()': (judged / evaluated).toFixed(3),
      'judge/JSON.parse': (judged / parsed).toFixed(1),
    })
  })

  test(`metering, a review of ${label}`, () => {
    const bundle = bindTimes(product, 4)
    const plain = sdkEvaluator(bundle, bundle.wasm)
    const metered = sdkEvaluator(bundle, meterModule(bundle.wasm))
    const [without = 0, with_ = 0] = measureInTurns(DURATION_MS, [
      () => plain(review.request),
      () => metered(review.request),
    ])
    metering.push({ review: label, 'metered/unmetered': (with_ / without).toFixed(2) })
  })

  test(`steps, a review of ${label}`, () => {
    const bundle = bindTimes(product, 4)
    const outcomes = judgeAll(load(bundle), review)
    steps.push({
      review: label,
      ...Object.fromEntries(
        outcomes.map((each) => [
          each.binding.policy.name,
          each.kind === 'evaluated' ? `${each.fuelUsed}` : each.kind,
        ]),
      ),
    })
  })
}

test.each(['loop', 'hoarder'])('fuel, policy %s', (name) => {
  const engine = load(testBundle(readFixtureModule(), [testBinding(testPolicy(name))]))
  const { review } = REVIEWS[0]!
  const [us = 0] = measureInTurns(DURATION_MS, [() => judgeAll(engine, review)])
  const { fuelPerBinding } = DEFAULT_ENGINE_OPTIONS
  expect(judgeAll(engine, review)).toMatchObject([{ fuelUsed: fuelPerBinding }])
  fuel.push({
    policy: name,
    steps: `${fuelPerBinding}`,
    ms: (us / 1000).toFixed(0),
    'steps/µs': (fuelPerBinding / us).toFixed(0),
  })
})

function judgeAll(engine: Engine, review: Review): ReturnType<typeof judge> {
  return judge(engine, review, () => ({ kind: 'unknown' }), new Date(0))
}

function readProduct(): Bundle {
  const { bundle, diagnostics } = readBundle(readFileSync(BUNDLE_PATH), BUNDLE_PATH)
  expect(diagnostics).toEqual([])
  if (bundle === undefined) throw new Error('no bundle')
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
  expect(diagnostics).toEqual([])
  if (engine === undefined) throw new Error('no engine')
  return engine
}
