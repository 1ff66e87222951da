import { fieldPath } from '../admission/field-path.ts'
import { describeResource } from '../kubernetes/resource.ts'
import type { SourceFile } from '../source/source-file.ts'
import { excerptOf, type ExcerptLine } from './excerpt.ts'
import { htmlProse, htmlSentence, htmlText } from './html-text.ts'
import { explainSuppression, type ReportViolation } from './one-per-violation.ts'
import type { Report, ReportError, ReportPlace, ReportPolicy } from './report.ts'
import { errorPlaceText, placeText, shownPlace } from './shown-place.ts'
import { webLink } from './web-link.ts'

type Files = ReadonlyMap<string, SourceFile>

/** What a finding led to, as the filters name it. */
export function actionOf({ action, suppression }: ReportViolation): string {
  if (suppression === undefined) return action
  return suppression.kind === 'baseline' ? 'Known' : 'Excepted'
}

/** One finding; what filters and groups look at is in its `data-` attributes. */
export function renderFinding(violation: ReportViolation, files: Files): string {
  const { actions, severity, policy, binding, message, remediation, path } = violation
  const { file, resource, suppression } = violation
  const action = actionOf(violation)
  const data = { action, severity, policy, file, namespace: resource.namespace }
  const facts = [
    ['Object', `${describeResource(resource)} (${resource.apiVersion})`],
    ...(path.length === 0 ? [] : [['Field', fieldPath(path)]]),
    ['Binding', `${binding}${actions.length > 1 ? ` (${actions.join(', ')})` : ''}`],
    ...(suppression === undefined ? [] : [explainSuppression(suppression)]),
  ] as const
  return [
    `<article class="finding ${suppression === undefined ? action.toLowerCase() : 'excepted'}"${attributes(data)}>`,
    `<h4>${htmlSentence(message)}</h4>`,
    `<p class="labels"><span class="action">${action}</span> <span class="severity ${severity}">${severity}</span> <span class="rule">${htmlText(policy)}</span></p>`,
    renderFrame(placeText(violation), shownPlace(violation), files),
    `<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${htmlText(value ?? '')}</dd></div>`).join('')}</dl>`,
    `<p class="cure"><b>How to mend it</b> ${htmlProse(remediation)}</p>`,
    '</article>',
  ].join('\n')
}

export function renderError(error: ReportError, report: Report, files: Files): string {
  const { code, message, file, line, column } = error
  const text = errorPlaceText(error, report) ?? ''
  const place =
    file === null || line === null || column === null
      ? undefined
      : { file, line, column, endLine: line, endColumn: column + 1 }
  return [
    '<article class="finding error">',
    `<h3>${htmlSentence(message)}</h3>`,
    `<p class="labels"><span class="action">Error</span> <span class="rule">${htmlText(code)}</span></p>`,
    ...(place === undefined ? [] : [renderFrame(text, place, files)]),
    '</article>',
  ].join('\n')
}

/** What a policy says of itself, above its findings. */
export function renderPolicy(policy: ReportPolicy): string {
  const links = policy.relatedResources.flatMap(({ ref, description }) => {
    const href = webLink(ref)
    if (href === undefined) return []
    return `<li><a href="${htmlText(href)}" rel="noopener noreferrer">${htmlText(description ?? href)}</a></li>`
  })
  return [
    '<div class="policy">',
    `<p>${htmlProse(policy.description)}</p>`,
    `<p class="cure"><b>How to mend it</b> ${htmlProse(policy.remediation)}</p>`,
    ...(links.length === 0 ? [] : [`<ul class="links">${links.join('')}</ul>`]),
    '</div>',
  ].join('\n')
}

function renderFrame(place: string, span: ReportPlace, files: Files): string {
  const file = files.get(span.file)
  const caption = `<figcaption>${htmlText(place)}</figcaption>`
  if (file === undefined) return `<figure>${caption}</figure>`
  const lines = excerptOf(file, span)
  return `<figure>${caption}<pre><code>${lines.map(renderLine).join('')}</code></pre></figure>`
}

/** Lines are blocks, each with its line break, so that what is copied is the source. */
function renderLine({ number, before, marked, after, afterGap }: ExcerptLine): string {
  const mark = marked === '' ? '' : `<mark>${htmlText(marked)}</mark>`
  const text = `${htmlText(before)}${mark}${htmlText(after)}`
  return `<span class="line${marked === '' ? '' : ' hit'}${afterGap ? ' gap' : ''}" data-line="${number}"><span>${text}\n</span></span>`
}

function attributes(data: Readonly<Record<string, string>>): string {
  return Object.entries(data)
    .map(([name, value]) => ` data-${name}="${htmlText(value)}"`)
    .join('')
}
