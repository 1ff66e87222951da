// What a schema cannot say about `match`: selectors as the API server would refuse them, and resources that the policy
// would never be asked about.
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import { nearest } from '../diagnostic/suggest.ts'
import type { Policy } from './bundle.ts'
import type { LabelSelector, Match, ResourceRule } from './match.ts'
import { isGroup, parseResourceName, type ResourceName } from './resource-name.ts'
import { labelAt, type Path, type Place } from './place.ts'
import { didYouMean } from './schema-faults.ts'

/** `place` is where the match lies. */
export function checkMatch(match: Match, policy: Policy | undefined, place: Place): Diagnostic[] {
  const faults = [
    ...checkSelector(match.namespaceSelector, place, ['namespaceSelector']),
    ...checkSelector(match.objectSelector, place, ['objectSelector']),
  ]
  for (const key of ['resourceRules', 'excludeResourceRules'] as const) {
    for (const [index, rule] of (match[key] ?? []).entries()) {
      faults.push(...checkGroups(rule, place, [key, index, 'resources']))
      if (key === 'resourceRules' && policy !== undefined) {
        faults.push(...checkResources(rule, policy, place, [key, index, 'resources']))
      }
    }
  }
  return faults
}

function checkSelector(
  selector: LabelSelector | undefined,
  place: Place,
  path: Path,
): Diagnostic[] {
  const faults: Diagnostic[] = []
  for (const [index, { operator, values }] of (selector?.matchExpressions ?? []).entries()) {
    const at = [...path, 'matchExpressions', index]
    const takesValues = operator === 'In' || operator === 'NotIn'
    if (takesValues && (values === undefined || values.length === 0)) {
      faults.push(
        diagnostic('bundle/missing-key', `\`${operator}\` needs \`values\``, {
          primary: labelAt(place, [...at, values === undefined ? 'operator' : 'values']),
        }),
      )
    }
    if (!takesValues && values !== undefined && values.length > 0) {
      faults.push(
        diagnostic('bundle/invalid-value', `\`${operator}\` takes no \`values\``, {
          primary: labelAt(place, [...at, 'values']),
        }),
      )
    }
  }
  return faults
}

/** A group may be given beside the resource or with it, not both. */
function checkGroups(rule: ResourceRule, place: Place, path: Path): Diagnostic[] {
  if (rule.apiGroups === undefined) return []
  return rule.resources.flatMap((text, index) => {
    const segments = text.split('/')
    if (segments.length < 3 && !(segments.length === 2 && isGroup(segments[0] ?? ''))) return []
    const message = `\`${text}\` names a group, and so does \`apiGroups\``
    const primary = labelAt(place, [...path, index])
    return [diagnostic('bundle/invalid-value', message, { primary })]
  })
}

function checkResources(
  rule: ResourceRule,
  policy: Policy,
  place: Place,
  path: Path,
): Diagnostic[] {
  const understood = policy.resources.map(parseResourceName)
  return rule.resources.flatMap((text, index) => {
    if (understood.some((each) => selects(rule, text, each))) return []
    const suggestion = nearest(text, policy.resources)
    return [
      diagnostic(
        'bundle/unknown-resource',
        `policy \`${policy.name}\` does not understand ${groupedName(rule, text)}`,
        {
          primary: labelAt(place, [...path, index], didYouMean(suggestion)),
          help: `it understands: ${policy.resources.map((each) => `\`${each}\``).join(', ')}`,
        },
      ),
    ]
  })
}

function groupedName(rule: ResourceRule, text: string): string {
  const groups = rule.apiGroups?.map((each) => `"${each}"`).join(', ')
  return groups === undefined ? `\`${text}\`` : `\`${text}\` of the API groups ${groups}`
}

function selects(rule: ResourceRule, text: string, wanted: ResourceName): boolean {
  const [resource = '', subresource = ''] = text.split('/')
  const pattern =
    rule.apiGroups === undefined ? parseResourceName(text) : { group: '*', resource, subresource }
  const groups = rule.apiGroups ?? [pattern.group]
  return (
    groups.some((group) => group === '*' || group === wanted.group) &&
    (pattern.resource === '*' || pattern.resource === wanted.resource) &&
    (pattern.subresource === '*' || pattern.subresource === wanted.subresource)
  )
}
