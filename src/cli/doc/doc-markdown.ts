// A bundle as a page for the people whose objects it judges. Neither a digest nor a date of today is in it: the page changes
// when what it tells changes.
import type { Binding, Bundle, Exception, JsonObject, Policy } from '../../bundle/bundle.ts'
import { describeParameters } from '../../bundle/describe-parameters.ts'
import { markdownCode, markdownText } from '../../report/markdown-text.ts'
import { paragraphs } from '../../report/paragraphs.ts'
import { webLink } from '../../report/web-link.ts'

/** In the order of the bundle; the policies by name. */
export function renderDoc({ name, bindings, exceptions, policies }: Bundle): string {
  const sections = [
    [`# Policies of ${text(name)}`],
    ['## Where they apply', '', ...table(BINDING_COLUMNS, bindings.map(bindingRow))],
    ...(exceptions.length === 0
      ? []
      : [['## Exceptions', '', ...table(EXCEPTION_COLUMNS, exceptions.map(exceptionRow))]]),
    ...policies.map((policy) => policySection(policy, bindings)),
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

const BINDING_COLUMNS = ['binding', 'policy', 'applies to', 'parameters', 'a violation']

function bindingRow({ name, policy, match, parameters, ...rest }: Binding): readonly string[] {
  const actions = rest.validationActions.map((each) => ACTIONS[each]).join(', ')
  const failure = rest.failurePolicy === 'Ignore' ? '; let in where the policy fails' : ''
  return [
    code(name),
    // GitHub and GitLab make the anchor of a heading from its text, which is a name in lower case.
    `[${code(policy.name)}](#${policy.name})`,
    pairs(match, 'all that the policy understands'),
    pairs(parameters, ''),
    `${actions}${failure}`,
  ]
}

const ACTIONS = { Deny: 'is denied', Warn: 'is warned of', Audit: 'is noted in the audit log' }

const EXCEPTION_COLUMNS = ['exception', 'from', 'for', 'reason', 'owner', 'last day']

function exceptionRow(exception: Exception): readonly string[] {
  const { name, binding, match, reason, owner, expires } = exception
  return [code(name), code(binding), pairs(match, 'all'), text(reason), text(owner), expires]
}

function policySection(policy: Policy, bindings: readonly Binding[]): readonly string[] {
  const { name, title, description, severity, remediation, resources, relatedResources } = policy
  const parameters = describeParameters(policy).map((each) => [
    code(each.name),
    text(each.type),
    each.default === undefined
      ? each.isRequired
        ? 'required'
        : ''
      : code(JSON.stringify(each.default)),
    text(each.description ?? ''),
  ])
  const users = bindings.filter((each) => each.policy === policy)
  return [
    `## ${name}`,
    '',
    `**${text(title)}** (severity ${severity})`,
    ...paragraphs(description).flatMap((each) => ['', text(each)]),
    '',
    `**To mend it:** ${paragraphs(remediation).map(text).join(' ')}`,
    '',
    `**Judges:** ${resources.map(code).join(', ')}`,
    '',
    `**Bound by:** ${users.length === 0 ? 'nothing' : users.map((each) => code(each.name)).join(', ')}`,
    ...(parameters.length === 0
      ? []
      : ['', ...table(['parameter', 'type', 'default', 'meaning'], parameters)]),
    ...(relatedResources.length === 0 ? [] : ['', '**Read more:**', '']),
    ...relatedResources.map(({ ref, description: what }) => {
      const link = webLink(ref)
      return link === undefined ? `- ${text(what ?? ref)}` : `- [${text(what ?? ref)}](<${link}>)`
    }),
  ]
}

function pairs(map: object, otherwise: string): string {
  const entries = Object.entries(map as JsonObject)
  if (entries.length === 0) return otherwise
  return entries.map(([key, value]) => `${text(key)}: ${code(JSON.stringify(value))}`).join('<br>')
}

function table(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)]
}

// A page that is cut off where a comment on GitHub would be is no documentation.
function text(value: string): string {
  return markdownText(value, Number.POSITIVE_INFINITY)
}

function code(value: string): string {
  return markdownCode(value, Number.POSITIVE_INFINITY)
}
