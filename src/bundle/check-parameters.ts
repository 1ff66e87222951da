import { type Diagnostic, diagnostic, type Label } from '../diagnostic/diagnostic.ts'
import type { JsonObject } from './bundle.ts'
import type { KnownPolicy } from './parse-bindings.ts'
import { formatPath, labelAt, type Place } from './place.ts'
import { schemaFaults } from './schema-faults.ts'

/**
 * Gives the parameters of a policy with its defaults applied, or every fault in them. `place` is where they lie; parameters that
 * nobody wrote lack what they lack at `instead`.
 */
export function checkParameters(
  given: JsonObject | undefined,
  { name, checker, declared }: KnownPolicy,
  place: Place,
  instead: Label,
): { parameters?: JsonObject; diagnostics: readonly Diagnostic[] } {
  const checked = checker.check(given ?? {})
  if ('parameters' in checked) return { parameters: checked.parameters, diagnostics: [] }
  if (checked.limit !== undefined) {
    const message = `the parameters of policy \`${name}\` ${checked.limit}`
    const primary = labelAt(place)
    return { diagnostics: [diagnostic('bundle/invalid-parameter', message, { primary })] }
  }
  const faults = schemaFaults(checked.errors, place, {
    code: 'bundle/invalid-parameter',
    related: declared === undefined ? [] : [declared],
    unknownKey: (key, path) => ({
      code: 'bundle/unknown-parameter',
      message: `\`${formatPath([...path, key])}\` is not a parameter of policy \`${name}\``,
    }),
    subject: (path) =>
      path.length === 0
        ? `the parameters of policy \`${name}\``
        : `parameter \`${formatPath(path)}\` of policy \`${name}\``,
  })
  return {
    diagnostics:
      given === undefined ? faults.map((each) => ({ ...each, primary: instead })) : faults,
  }
}
