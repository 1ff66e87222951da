import type { Severity } from '../bundle/bundle.ts'
import { markdownText } from './markdown-text.ts'
import { paragraphs } from './paragraphs.ts'
import type { ReportPolicy } from './report.ts'
import { webLink } from './web-link.ts'

export type SarifLevel = 'error' | 'warning' | 'note'

const LEVELS: Readonly<Record<Severity, SarifLevel>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
}

// GitHub reads scores as CVSS does: critical above 9.0, high from 7.0, medium from 4.0.
const SCORES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
}

/** A reportingDescriptor: SARIF 2.1.0, 3.49. */
export interface SarifRule {
  readonly id: string
  readonly name: string
  readonly shortDescription: SarifText
  readonly fullDescription: SarifText
  readonly help: SarifText & { readonly markdown: string }
  readonly helpUri?: string
  readonly defaultConfiguration: { readonly level: SarifLevel }
  readonly properties: { readonly 'security-severity': string; readonly tags: readonly string[] }
}

export interface SarifText {
  readonly text: string
}

export function makeRule(policy: ReportPolicy): SarifRule {
  const { name, title, description, severity, remediation, relatedResources } = policy
  const links = relatedResources.flatMap(({ ref, description: what }) => {
    const uri = webLink(ref)
    return uri === undefined ? [] : [{ uri, what }]
  })
  const about = paragraphs(description)
  return {
    id: name,
    // By convention a name that programs can use, where the id is what people see.
    name: name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: about.join('\n\n') },
    help: {
      text: [
        ...about,
        `How to mend it: ${remediation}`,
        ...links.map(({ uri, what }) => (what === undefined ? uri : `${what}: ${uri}`)),
      ].join('\n\n'),
      markdown: [
        ...about.map((each) => markdownText(each)),
        `**How to mend it:** ${markdownText(remediation)}`,
        ...links.map(({ uri, what }) => `[${markdownText(what ?? uri)}](<${uri}>)`),
      ].join('\n\n'),
    },
    ...(links[0] === undefined ? {} : { helpUri: links[0].uri }),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SCORES[severity], tags: ['kubernetes', 'security'] },
  }
}
