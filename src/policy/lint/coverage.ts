// What a bundle holds and does not use, or uses twice.
import type { Binding } from '../../bundle/bundle.ts'
import type { Match, Operation, ResourceRule } from '../../bundle/match.ts'
import { coversRequest, parseResourcePattern, type ResourcePattern } from '../resource-name.ts'
import { canonicalJson } from '../../bundle/canonical-json.ts'
import { type Finding, findingAt, findingIn, type LintSubject } from './finding.ts'

export function findUnused({ bundle, rego }: LintSubject): readonly Finding[] {
  return bundle.policies.flatMap(({ name, resources }) => {
    const file = rego?.get(name)?.[0]
    const start = file?.text.search(/^package\b/m) ?? 0
    const primary = file && { file, span: { start, end: start + 'package'.length } }
    const bindings = bundle.bindings.filter(({ policy }) => policy.name === name)
    if (bindings.length === 0) {
      const message = `no binding uses policy \`${name}\``
      return [findingIn(name, 'lint/unused-policy', message, primary)]
    }
    const uncovered = resources.filter((each) => !bindings.some(({ match }) => asks(match, each)))
    if (uncovered.length === 0) return []
    const what = uncovered.map((each) => `\`${each}\``).join(', ')
    const message = `no binding of policy \`${name}\` asks it about ${what}`
    return [findingIn(name, 'lint/uncovered-resource', message, primary)]
  })
}

/** Whether a match reaches a resource at all, for some object of it. */
export function asks(match: Match, text: string): boolean {
  const resource = parseResourcePattern(text)
  const included = match.resourceRules?.some((rule) => names(rule, resource)) ?? true
  const excluded = (match.excludeResourceRules ?? []).some(
    (rule) => isWhole(rule) && names(rule, resource),
  )
  return included && !excluded
}

/** Whether a rule holds for every object, version, scope and operation of its resources. */
function isWhole({ resourceNames, apiVersions, operations, scope = '*' }: ResourceRule): boolean {
  return (
    resourceNames === undefined &&
    (apiVersions?.includes('*') ?? true) &&
    (operations === undefined || operations.length === 4) &&
    scope === '*'
  )
}

function names(rule: ResourceRule, wanted: ResourcePattern): boolean {
  const { group, resource, subresource } = wanted
  const about = { resource: { group, version: '', resource }, subResource: subresource }
  return rule.resources.some((text) => {
    if (rule.apiGroups === undefined) return coversRequest(parseResourcePattern(text), about)
    if (!rule.apiGroups.includes('*') && !rule.apiGroups.includes(group)) return false
    const [first = '', second = ''] = text.split('/')
    return coversRequest({ group: '*', resource: first, subresource: second }, about)
  })
}

/** Bindings that find nothing that an earlier or wider one does not find. */
export function findRepeated(subject: LintSubject): readonly Finding[] {
  const { bindings } = subject.bundle
  return bindings.flatMap((binding, index) => {
    const at = { kind: 'binding', name: binding.name } as const
    const same = bindings.find(
      (other, before) => before < index && content(other) === content(binding),
    )
    if (same !== undefined) {
      const message = `binding \`${binding.name}\` says the same as \`${same.name}\``
      return [findingAt(subject, 'lint/same-binding', at, message)]
    }
    const wider = bindings.find(
      (other) => other !== binding && content(other) !== content(binding) && holds(other, binding),
    )
    if (wider === undefined) return []
    const message = `binding \`${binding.name}\` finds nothing that \`${wider.name}\` does not find`
    return [findingAt(subject, 'lint/shadowed-binding', at, message)]
  })
}

function content({ policy, match, parameters, validationActions, failurePolicy }: Binding): string {
  const actions = validationActions.toSorted()
  return canonicalJson([policy.name, match, parameters, actions, failurePolicy])
}

/** Whether the wide binding does all that the narrow one does: every condition of it is one of the narrow one's. */
function holds(wide: Binding, narrow: Binding): boolean {
  if (wide.policy.name !== narrow.policy.name) return false
  if (canonicalJson(wide.parameters) !== canonicalJson(narrow.parameters)) return false
  if (!narrow.validationActions.every((each) => wide.validationActions.includes(each))) return false
  if (wide.failurePolicy === 'Ignore' && narrow.failurePolicy === 'Fail') return false
  const { operations: _, ...conditions } = wide.match
  const theirs: Readonly<Record<string, unknown>> = { ...narrow.match }
  return (
    Object.entries(conditions).every(
      ([key, value]) => canonicalJson(value) === canonicalJson(theirs[key]),
    ) && operationsOf(narrow.match).every((each) => operationsOf(wide.match).includes(each))
  )
}

/** Those that a match may let through; CREATE and UPDATE where it names none. */
function operationsOf({ operations, resourceRules }: Match): readonly Operation[] {
  if (operations !== undefined) return operations
  const ofRules = resourceRules?.flatMap(
    (rule): readonly Operation[] => rule.operations ?? ['CREATE', 'UPDATE'],
  )
  return ofRules ?? ['CREATE', 'UPDATE']
}
