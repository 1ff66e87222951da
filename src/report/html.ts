// One page that needs nothing but itself: no script, style, font or picture from elsewhere, and none that the policy in its head
// does not name by its hash. It reads without JavaScript; with it, findings can be filtered and grouped otherwise.
import { createHash } from 'node:crypto'
import type { SourceFile } from '../source/source-file.ts'
import { countOf, tally } from './counts.ts'
import { groupBy } from './group-by.ts'
import { renderExceptions } from './html-exceptions.ts'
import { actionOf, renderError, renderFinding, renderPolicy } from './html-finding.ts'
import { renderBindings, renderHeader, renderTiles } from './html-overview.ts'
import { SCRIPT } from './html-script.ts'
import { STYLE } from './html-style.ts'
import { htmlText } from './html-text.ts'
import { onePerViolation, type ReportViolation } from './one-per-violation.ts'
import { ACTIONS, byWorst, SEVERITIES } from './order.ts'
import type { Report } from './report.ts'

/** More than anybody reads, and as much as a browser lays out without a wait. */
const MAX_FINDINGS = 5_000

export interface HtmlOptions {
  /** The files that were read, by path: a finding in another is shown without its source. */
  readonly files: ReadonlyMap<string, SourceFile>
}

export function renderHtml(report: Report, { files }: HtmlOptions): string {
  const all = onePerViolation(report).toSorted(byWorst)
  const shown = all.slice(0, MAX_FINDINGS)
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${sourceHash(STYLE)}; script-src ${sourceHash(SCRIPT)}; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${htmlText(titleOf(report, all))}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    renderHeader(report),
    '<main>',
    renderTiles(report, all),
    ...renderErrors(report, files),
    ...(all.length === 0 ? [] : renderFindings(report, shown, all.length, files)),
    renderBindings(report, all),
    ...renderExceptions(report),
    '</main>',
    `<footer><p>Made by portcullis ${htmlText(report.tool.version)}${report.bundle === null ? '' : ` with bundle ${htmlText(report.bundle.name)}, <code>${htmlText(report.bundle.digest)}</code>`}.</p></footer>`,
    `<script>${SCRIPT}</script>`,
    '</body>',
    '</html>',
  ].join('\n')}\n`
}

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function titleOf({ errors }: Report, all: readonly ReportViolation[]): string {
  const what = errors.length > 0 ? `${countOf(errors.length, 'error')}, ` : ''
  return `${what}${tally(all)} - portcullis`
}

function renderErrors(report: Report, files: HtmlOptions['files']): readonly string[] {
  if (report.errors.length === 0) return []
  return [
    '<section aria-labelledby="errors">',
    `<h2 id="errors">Not judged <span class="count">${report.errors.length}</span></h2>`,
    ...report.errors.slice(0, MAX_FINDINGS).map((error) => renderError(error, report, files)),
    '</section>',
  ]
}

function renderFindings(
  report: Report,
  shown: readonly ReportViolation[],
  total: number,
  files: HtmlOptions['files'],
): readonly string[] {
  const policies = new Map(report.policies.map((policy) => [policy.name, policy]))
  return [
    '<section aria-labelledby="findings">',
    `<h2 id="findings">Findings <span class="count">${total}</span></h2>`,
    ...(shown.length === total
      ? []
      : [
          `<p class="notice">These are the worst ${shown.length}; the JSON report has all ${total}.</p>`,
        ]),
    renderToolbar(shown),
    '<div id="groups">',
    ...[...groupBy(shown, ({ policy }) => policy)].flatMap(([name, own]) => {
      const policy = policies.get(name)
      return [
        '<details class="group" open>',
        `<summary><h3>${htmlText(policy?.title ?? name)} <code>${htmlText(name)}</code></h3> <span class="count">${own.length}</span></summary>`,
        ...(policy === undefined ? [] : [renderPolicy(policy)]),
        ...own.map((violation) => renderFinding(violation, files)),
        '</details>',
      ]
    }),
    '</div>',
    '<p id="nothing" class="notice" hidden>No finding fits these filters.</p>',
    '</section>',
  ]
}

/** Shown by the script, which it is of no use without. */
function renderToolbar(shown: readonly ReportViolation[]): string {
  const boxes = (
    name: 'action' | 'severity',
    values: readonly string[],
    valueOf: (violation: ReportViolation) => string,
  ): string => {
    const present = values
      .map((value) => ({ value, number: shown.filter((each) => valueOf(each) === value).length }))
      .filter(({ number }) => number > 0)
    const inputs = present.map(
      ({ value, number }) =>
        `<label class="chip ${value.toLowerCase()}"><input type="checkbox" name="${name}" value="${value}" checked> ${value} <span>${number}</span></label>`,
    )
    return `<fieldset><legend>${name}</legend>${inputs.join('')}</fieldset>`
  }
  const names = [...new Set(shown.map(({ policy }) => policy))].toSorted()
  const groups = ['policy', 'namespace', 'file'].map(
    (value, index) =>
      `<label class="chip"><input type="radio" name="group" value="${value}"${index === 0 ? ' checked' : ''}> ${value}</label>`,
  )
  return [
    '<form id="filters" role="search" aria-label="Findings" hidden>',
    '<label class="search"><span>search</span><input type="search" name="text" placeholder="message, object, file …" aria-keyshortcuts="/" autocomplete="off"></label>',
    `<label class="select"><span>policy</span><select name="policy"><option value="">all policies</option>${names.map((name) => `<option>${htmlText(name)}</option>`).join('')}</select></label>`,
    boxes('action', [...ACTIONS, 'Excepted', 'Known'], actionOf),
    boxes('severity', SEVERITIES, ({ severity }) => severity),
    `<fieldset class="switch"><legend>group by</legend>${groups.join('')}</fieldset>`,
    '<p class="status"><output id="status" aria-live="polite"></output> <button type="reset">Show all</button></p>',
    '</form>',
  ].join('\n')
}
