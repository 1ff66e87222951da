import type { Bundle } from '../../bundle/bundle.ts'
import type { Engine } from '../../policy/engine.ts'
import type { OptionSpec } from '../command.ts'
import { didYouMean } from '../parse-arguments.ts'
import { UsageError } from '../usage-error.ts'

export const SELECT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'binding',
    value: 'NAME',
    repeatable: true,
    summary: 'judge only by this binding, and by those that other `--binding` and `--policy` name',
  },
  {
    name: 'policy',
    value: 'NAME',
    repeatable: true,
    summary: 'the same by the bindings of this policy',
  },
]

/**
 * Returns an engine with only the bindings that are named, or whose policy is; the same one where nothing is named.
 *
 * @throws {UsageError} for a name that the bundle does not have, and for a policy that no binding uses.
 */
export function selectBindings(
  engine: Engine,
  bindings: readonly string[],
  policies: readonly string[],
): Engine {
  if (bindings.length === 0 && policies.length === 0) return engine
  const { bundle } = engine
  assertNames('binding', bindings, bundle.bindings, bundle)
  assertNames('policy', policies, bundle.policies, bundle)
  for (const name of policies) {
    if (bundle.bindings.some(({ policy }) => policy.name === name)) continue
    throw new UsageError(`no binding of the bundle \`${bundle.name}\` uses policy \`${name}\``)
  }
  const selected = bundle.bindings.filter(
    ({ name, policy }) => bindings.includes(name) || policies.includes(policy.name),
  )
  return withBindings(engine, selected)
}

/** Returns an engine with some of the bindings of another. */
export function withBindings(engine: Engine, bindings: Bundle['bindings']): Engine {
  return {
    bundle: { ...engine.bundle, bindings },
    compiled: engine.compiled,
    evaluate: (input) => engine.evaluate(input),
    selfTest: () => engine.selfTest(),
  }
}

function assertNames(
  what: string,
  names: readonly string[],
  there: readonly { readonly name: string }[],
  bundle: Bundle,
): void {
  const known = there.map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    throw new UsageError(
      `the bundle \`${bundle.name}\` has no ${what} \`${name}\`${didYouMean(name, known)}`,
    )
  }
}
