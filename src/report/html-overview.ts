import { countOf, tally } from './counts.ts'
import { groupBy } from './group-by.ts'
import { actionOf } from './html-finding.ts'
import { htmlText } from './html-text.ts'
import type { ReportViolation } from './one-per-violation.ts'
import type { Report, Verdict } from './report.ts'
import { SKIP_REASONS } from './skip-reason.ts'

const HEADLINES: Readonly<Record<Verdict, string>> = {
  clean: 'Nothing to mend',
  violations: 'To be mended',
  failed: 'Not everything could be judged',
}

// A grating, drawn with lines so that it takes the colour of the text.
const MARK =
  '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M5 29V14a11 11 0 0 1 22 0v15M5 13h22M5 20h22M10.5 6v20l-1.5 3M10.5 26l1.5 3M16 3.5V26l-1.5 3M16 26l1.5 3M21.5 6v20l-1.5 3M21.5 26l1.5 3"/></svg>'

export function renderHeader(report: Report): string {
  const { summary, bundle, verdict } = report
  const faulty = new Set(report.findings.map((each) => each.resourceIndex)).size
  const scope = `${countOf(summary.resources, 'object')} judged by ${countOf(summary.bindings, 'binding')}${bundle === null ? '' : ` of bundle ${bundle.name}`}`
  const text =
    faulty === 0
      ? `${scope}; none has a fault.`
      : `${scope}; ${countOf(faulty, 'has', 'have')} a fault.`
  return [
    `<header class="page ${verdict}">`,
    `<p class="brand">${MARK}<span>portcullis</span></p>`,
    `<h1>${HEADLINES[verdict]}</h1>`,
    `<p class="scope">${htmlText(text)}</p>`,
    '</header>',
  ].join('\n')
}

/** Numbers at a glance, and how all pairs of an object and a binding came out. */
export function renderTiles(report: Report, violations: readonly ReportViolation[]): string {
  const { summary } = report
  const number = (action: string): number =>
    violations.filter((each) => actionOf(each) === action).length
  const tiles: readonly (readonly [name: string, number: number, kind: string])[] = [
    ['denied', number('Deny'), 'deny'],
    ['warned', number('Warn'), 'warn'],
    ['audited', number('Audit'), 'audit'],
    ...(['excepted', 'known'] as const).flatMap((name) => {
      const count = number(name === 'known' ? 'Known' : 'Excepted')
      return count === 0 ? [] : [[name, count, 'excepted'] as const]
    }),
    ['not judged', summary.errors, 'error'],
    ['objects', summary.resources, 'plain'],
  ]
  return [
    '<section aria-label="Summary">',
    `<ul class="tiles">${tiles.map(([name, count, kind]) => `<li class="tile ${count === 0 ? 'none' : kind}"><b>${count}</b> <span>${name}</span></li>`).join('')}</ul>`,
    renderBar(report, violations),
    '</section>',
  ].join('\n')
}

function renderBar(report: Report, violations: readonly ReportViolation[]): string {
  const pairs = groupBy(violations, (each) => `${each.resourceIndex} ${each.binding}`)
  const worst = (action: string): number =>
    [...pairs.values()].filter(([first]) => first !== undefined && actionOf(first) === action)
      .length
  const matched = report.resources.reduce((sum, each) => sum + each.matched.length, 0)
  const failed = report.errors.filter((each) => each.resourceIndex !== null).length
  const parts = [
    ['deny', 'denied', worst('Deny')],
    ['warn', 'warned', worst('Warn')],
    ['audit', 'audited', worst('Audit')],
    ['excepted', 'excepted', worst('Excepted')],
    ['excepted', 'known', worst('Known')],
    ['error', 'not judged', failed],
    ['pass', 'passed', matched - failed - pairs.size],
    ['skip', 'skipped', report.summary.skipped],
  ] as const
  const total = parts.reduce((sum, [, , count]) => sum + count, 0)
  if (total === 0) return ''
  const shown = parts.filter(([, , count]) => count > 0)
  let left = 0
  const bars = shown.map(([kind, , count]) => {
    const width = (count / total) * 100
    const bar = `<rect class="${kind}" x="${left.toFixed(3)}%" width="${width.toFixed(3)}%" height="100%"/>`
    left += width
    return bar
  })
  const legend = shown.map(
    ([kind, name, count]) => `<li class="${kind}">${name} <b>${count}</b></li>`,
  )
  return [
    '<figure class="bar">',
    `<figcaption>${countOf(total, 'pair')} of an object and a binding</figcaption>`,
    `<svg aria-hidden="true" focusable="false">${bars.join('')}</svg>`,
    `<ul>${legend.join('')}</ul>`,
    '</figure>',
  ].join('')
}

/** What each binding judged, so that one that never matches is seen. */
export function renderBindings(report: Report, violations: readonly ReportViolation[]): string {
  if (report.bindings.length === 0) return ''
  const byBinding = groupBy(violations, ({ binding }) => binding)
  const errors = groupBy(report.errors, ({ binding }) => binding)
  const judged = groupBy(
    report.resources.flatMap(({ matched }) => matched),
    (name) => name,
  )
  const rows = report.bindings.map(({ name, policy, validationActions }) => {
    const own = byBinding.get(name) ?? []
    const failed = errors.get(name)?.length ?? 0
    const results = [
      ...(failed > 0 ? [countOf(failed, 'error')] : []),
      ...(own.length > 0 || failed === 0 ? [tally(own)] : []),
    ]
    const number = judged.get(name)?.length ?? 0
    return `<tr><th scope="row">${htmlText(name)}</th><td>${htmlText(policy)}</td><td>${validationActions.join(', ')}</td><td class="number">${number}</td><td>${number === 0 ? 'matched nothing' : results.join(', ')}</td></tr>`
  })
  const skips = Object.entries(report.summary.skippedBy).map(
    ([reason, number]) =>
      `<li><b>${number}</b> skipped: ${htmlText(SKIP_REASONS[reason as keyof typeof SKIP_REASONS])}</li>`,
  )
  return [
    '<section aria-labelledby="bindings">',
    `<h2 id="bindings">Bindings <span class="count">${report.bindings.length}</span></h2>`,
    '<table><thead><tr><th scope="col">binding</th><th scope="col">policy</th><th scope="col">actions</th><th scope="col" class="number">objects</th><th scope="col">result</th></tr></thead>',
    `<tbody>${rows.join('\n')}</tbody></table>`,
    ...(skips.length === 0 ? [] : [`<ul class="skips">${skips.join('')}</ul>`]),
    '</section>',
  ].join('\n')
}
