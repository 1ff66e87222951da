import { type Diagnostic, diagnostic, type Label } from '../diagnostic/diagnostic.ts'
import { nearest } from '../diagnostic/suggest.ts'
import type { Binding, JsonObject, Policy } from './bundle.ts'
import { checkMatch } from './check-match.ts'
import { checkParameters } from './check-parameters.ts'
import { findDuplicates } from './find-duplicates.ts'
import type { ParameterChecker } from './parameter-checker.ts'
import { labelAt, type Place } from './place.ts'
import { didYouMean } from './schema-faults.ts'
import type { WrittenBinding } from './validators.ts'

/** A policy, what checks its parameters, and where it says which it has. */
export interface KnownPolicy {
  readonly name: string
  /** Absent where the policy has faults of its own. */
  readonly policy?: Policy
  readonly checker: ParameterChecker
  readonly declared?: Label
}

/** A binding of a list that its schema may have refused: with what of it can be looked at all the same. */
export type PartialBinding = Partial<WrittenBinding>

/**
 * Gives the bindings of a list with policies resolved and defaults applied, and every fault the schema cannot see.
 * `undefined` stands for a policy that is there but whose parameters are not known.
 */
export function parseBindings(
  written: readonly PartialBinding[],
  place: Place,
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): { bindings: Binding[]; diagnostics: Diagnostic[] } {
  const diagnostics = findDuplicates(written, 'name', place, 'bundle/duplicate-binding', 'bindings')
  const bindings: Binding[] = []
  for (const [index, each] of written.entries()) {
    const at: Place = { ...place, path: [...place.path, index] }
    const name = each.policy
    const known = name === undefined ? undefined : policies.get(name)
    if (name !== undefined && !policies.has(name)) {
      diagnostics.push(unknownPolicy(name, at, policies.keys()))
    }
    if (each.match !== undefined) {
      const matchPlace = { ...at, path: [...at.path, 'match'] }
      diagnostics.push(...checkMatch(each.match, known?.policy, matchPlace))
    }
    if (known === undefined) continue
    const own = { ...at, path: [...at.path, 'parameters'] }
    const checked = checkParameters(each.parameters, known, own, labelAt(at, ['policy']))
    diagnostics.push(...checked.diagnostics)
    if (checked.parameters !== undefined && known.policy !== undefined) {
      bindings.push(bind(each, known.policy, checked.parameters))
    }
  }
  return { bindings, diagnostics }
}

/** The policy of each binding by the binding's name, where it is known. */
export function policiesOf(
  bindings: readonly WrittenBinding[],
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): ReadonlyMap<string, Policy | undefined> {
  return new Map(bindings.map(({ name, policy }) => [name, policies.get(policy)?.policy]))
}

function bind(written: PartialBinding, policy: Policy, parameters: JsonObject): Binding {
  return {
    name: written.name ?? '',
    policy,
    match: written.match ?? {},
    parameters,
    validationActions: written.validationActions ?? ['Deny'],
    failurePolicy: written.failurePolicy ?? 'Fail',
  }
}

function unknownPolicy(name: string, place: Place, known: Iterable<string>): Diagnostic {
  const names = [...known]
  const suggestion = nearest(name, names)
  return diagnostic('bundle/unknown-policy', `\`${name}\` is not a policy of this bundle`, {
    primary: labelAt(place, ['policy'], didYouMean(suggestion)),
    ...(suggestion === undefined && names.length > 0 && names.length <= 20
      ? { help: `its policies: ${names.map((each) => `\`${each}\``).join(', ')}` }
      : {}),
  })
}
