import { oneLine } from '../../bundle/describe-parameters.ts'
import { paint, type Style } from '../../diagnostic/paint.ts'
import { printable } from '../../diagnostic/printable.ts'
import { counted } from '../counted.ts'
import type { InspectedException, InspectedPolicy, Inspection } from './inspect-bundle.ts'

/** The bundle for a person: what is in use first, then what there is. */
export function renderInspection(inspection: Inspection, style: Style): string {
  const { bundle, bindings, exceptions, policies } = inspection
  const title = (text: string): string => paint(text, 'bold', style)
  return [
    title(printable(bundle.name)),
    field('digest', bundle.digest),
    field('revision', bundle.revision),
    field('module', `${bundle.moduleBytes.toLocaleString('en')} bytes`),
    ...(bundle.data.length === 0 ? [] : [field('data', bundle.data.join(', '))]),
    '',
    title(counted(bindings.length, 'binding')),
    ...bindings.flatMap(({ name, policy, match, parameters, validationActions, failurePolicy }) => [
      `  ${paint(printable(name), 'cyan', style)}`,
      field('policy', policy),
      ...entries('match', match, 'all that the policy understands'),
      ...entries('parameters', parameters, 'none'),
      field('actions', `${validationActions.join(', ')}; failurePolicy ${failurePolicy}`),
    ]),
    '',
    title(counted(exceptions.length, 'exception')),
    ...exceptions.flatMap((each) => renderException(each, style)),
    '',
    title(counted(policies.length, 'policy', 'policies')),
    ...policies.flatMap((each) => renderPolicy(each, style)),
    '',
  ].join('\n')
}

function renderException(exception: InspectedException, style: Style): readonly string[] {
  const { name, binding, match, owner, reason, expires, expired } = exception
  return [
    `  ${paint(printable(name), 'cyan', style)}`,
    field('binding', binding),
    ...entries('match', match, 'all'),
    field('owner', owner),
    field('reason', reason),
    field('last day', expires) + (expired ? paint(' (expired)', 'yellow', style) : ''),
  ]
}

function renderPolicy(policy: InspectedPolicy, style: Style): readonly string[] {
  const { name, title, severity, resources, parameters } = policy
  return [
    `  ${paint(printable(name), 'cyan', style)}: ${printable(title)}`,
    field('severity', severity),
    field('resources', resources.join(', ')),
    ...(parameters.length === 0 ? [field('parameters', 'none')] : []),
    ...parameters.map((each, index) => {
      const { type, isRequired, default: otherwise, description } = each
      const presence =
        otherwise !== undefined
          ? `, default ${JSON.stringify(otherwise)}`
          : isRequired
            ? ', required'
            : ''
      const text = description === undefined ? '' : `: ${description}`
      return field(index === 0 ? 'parameters' : '', `${each.name} (${type}${presence})${text}`)
    }),
    ...policy.relatedResources.map(({ ref }, index) => field(index === 0 ? 'see' : '', ref)),
  ]
}

function entries(label: string, map: object, otherwise: string): readonly string[] {
  const pairs = Object.entries(map)
  if (pairs.length === 0) return [field(label, otherwise)]
  return pairs.map(([key, value], index) =>
    field(index === 0 ? label : '', `${key}: ${JSON.stringify(value)}`),
  )
}

function field(label: string, value: string): string {
  return `    ${label.padEnd(11)} ${printable(oneLine(value))}`
}
