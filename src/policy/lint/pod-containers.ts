// A pod has three lists of containers, and the third comes by a request of its own.
import type { Policy } from '../../bundle/bundle.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { withoutComments } from './rego-text.ts'
import { type Finding, findingIn, type LintSubject } from './finding.ts'

/** Policies on pods that miss some containers. Without the Rego only what a policy says of its resources can be looked at. */
export function findMissedContainers({ bundle, rego }: LintSubject): readonly Finding[] {
  return bundle.policies
    .filter(({ resources }) => resources.includes('pods'))
    .flatMap((policy) => {
      const files = rego?.get(policy.name)
      return files === undefined ? missedByResources(policy) : missedByRego(policy, files)
    })
}

function missedByResources({ name, resources }: Policy): readonly Finding[] {
  if (resources.includes('pods/ephemeralcontainers')) return []
  return [findingIn(name, 'lint/no-ephemeral-containers', notAsked(name), undefined)]
}

function notAsked(name: string): string {
  return `policy \`${name}\` is on \`pods\` and never asked about \`pods/ephemeralcontainers\``
}

function missedByRego(
  { name, resources }: Policy,
  [own, ...others]: readonly SourceFile[],
): readonly Finding[] {
  const code = own === undefined ? '' : withoutComments(own.text)
  const found = /\bcontainers\b/.exec(code)
  // One that does not look at containers cannot miss any.
  if (own === undefined || found === null) return []
  const at = { file: own, span: { start: found.index, end: found.index + found[0].length } }
  const all = [code, ...others.map(({ text }) => withoutComments(text))].join('\n')
  const findings: Finding[] = []
  if (!/\binitContainers\b/.test(all)) {
    const message = `policy \`${name}\` looks at containers, and never at init containers`
    findings.push(findingIn(name, 'lint/no-init-containers', message, at))
  }
  if (!/\bephemeralContainers\b/.test(all)) {
    const message = `policy \`${name}\` looks at containers, and never at ephemeral containers`
    findings.push(findingIn(name, 'lint/no-ephemeral-containers', message, at))
  } else if (!resources.includes('pods/ephemeralcontainers')) {
    findings.push(findingIn(name, 'lint/no-ephemeral-containers', notAsked(name), at))
  }
  return findings
}
