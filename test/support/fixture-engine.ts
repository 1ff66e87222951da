// Engines over the compiled fixture policies of test/policy/fixtures, and over modules written by hand.
import type { Binding, JsonObject } from '../../src/bundle/bundle.ts'
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import { readFixtureModule } from '../policy/fixtures/compile.ts'
import { testBinding, testBundle, testPolicy } from './bundle-parts.ts'
import { opaModule, type OpaModuleOptions } from './opa-module.ts'

/** A binding of the fixture policy of that name; by the same name unless told otherwise. */
export function fixtureBinding(
  policy: string,
  { parameters = {}, ...rest }: Partial<Binding> & { readonly parameters?: JsonObject } = {},
): Binding {
  return { ...testBinding(testPolicy(policy), { parameters }), ...rest }
}

export function fixtureEngine(
  bindings: readonly Binding[],
  options: Partial<EngineOptions> = {},
): Engine {
  return load(readFixtureModule(), bindings, options)
}

/** One binding, `hostile`, of a module that keeps to OPA's ABI as far as the options let it. */
export function hostileEngine(options: OpaModuleOptions): Engine {
  return load(opaModule(options), [testBinding(testPolicy('hostile'))], {})
}

function load(
  wasm: Uint8Array,
  bindings: readonly Binding[],
  options: Partial<EngineOptions>,
): Engine {
  const { engine, diagnostics } = loadEngine(testBundle(wasm, bindings), {
    ...DEFAULT_ENGINE_OPTIONS,
    ...options,
  })
  if (engine === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return engine
}
