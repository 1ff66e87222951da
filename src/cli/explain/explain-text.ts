import type { FiredRule, RuleAccount } from '../../compiler/explanation.ts'
import type { Location, NamedValue } from '../../compiler/answer.ts'
import { gutterWidth, renderFrame } from '../../diagnostic/frame.ts'
import { paint, type Style } from '../../diagnostic/paint.ts'
import { printable } from '../../diagnostic/printable.ts'
import { describeResource } from '../../kubernetes/resource.ts'
import type { Violation } from '../../policy/outcome.ts'
import { SKIP_REASONS } from '../../report/skip-reason.ts'
import { lineText, positionAt } from '../../source/source-file.ts'
import { locate } from '../../yaml/locate.ts'
import { rulesOf } from './explain-members.ts'
import type { Explained } from './explain-run.ts'

/** Values in one line are shorter than those that have a line of their own. */
const INLINE_LENGTH = 60

/** Returns, for a person, each violation with the rules that made it, then the rules that yielded nothing and why. */
export function renderExplainText(explained: Explained, style: Style): string {
  const { explanation, outcome, resource } = explained
  const blocks = [renderHeading(explained, style)]
  if (outcome.kind === 'evaluated' && explanation !== undefined) {
    for (const violation of outcome.violations) {
      const rules = rulesOf(violation, explanation)
      blocks.push(renderViolation(violation, resource, style))
      blocks.push(
        ...rules.map((rule, index) => renderFired(rule, index === rules.length - 1, style)),
      )
    }
    const { others } = explanation
    if (outcome.violations.length === 0) {
      blocks.push(...others.map((account) => renderAccount(account, style)))
    } else if (others.length > 0) {
      // What did fire is what is asked; the rest in short.
      const mark = paint('=', 'cyan', style)
      const lines = others.flatMap((each) => renderCause({ ...each, because: [] }, '  ', mark))
      blocks.push(['found nothing:', ...lines].join('\n'))
    }
    if (explanation.isCut) {
      blocks.push(
        'The evaluation was long: what came after its first million steps is not told here.',
      )
    }
  }
  return `${blocks.join('\n\n')}\n`
}

function renderHeading(
  { resource, binding, outcome, matchLabel }: Explained,
  style: Style,
): string {
  const object = printable(describeResource(resource))
  const by = `binding \`${binding.name}\` (policy \`${binding.policy.name}\`)`
  if (outcome.kind === 'skipped') {
    const why = SKIP_REASONS[outcome.reason]
    const title = paint(`${object}: ${by} does not judge it: ${why}`, 'bold', style)
    return matchLabel === undefined
      ? title
      : [title, ...renderPlace(matchLabel, '', style)].join('\n')
  }
  const { violations, exception } = outcome
  const number = violations.length === 1 ? '1 violation' : `${violations.length || 'no'} violations`
  const title = paint(`${object}: ${number} by ${by}`, 'bold', style)
  if (exception === undefined) return title
  const note = `exception \`${exception.name}\` lets them pass until ${exception.expires}`
  return `${title}\n${printable(note)}`
}

function renderViolation(
  violation: Violation,
  resource: Explained['resource'],
  style: Style,
): string {
  const title = `${paint('violation', 'red', style)}${paint(`: ${printable(violation.message)}`, 'bold', style)}`
  const span = locate(resource.node, violation.path ?? []).span
  return [title, ...renderPlace({ file: resource.file, span }, '', style)].join('\n')
}

/** The rule's first line, then each expression of its body with the values that it brought. */
function renderFired(rule: FiredRule, isMaker: boolean, style: Style): string {
  const { name, location, steps } = rule
  const title = `${isMaker ? 'made by' : 'through'} ${paint(printable(name), 'bold', style)}`
  if (location === undefined) return title
  const { file } = location
  const start = positionAt(file, location.span.start)
  const last = steps.map((step) => lineOf(step.location) ?? 0)
  const gutter = String(Math.max(start.line, ...last)).length
  const bar = (label: string): string => paint(`${label.padStart(gutter)} |`, 'blue', style)
  const told = new Set<string>()
  const lines = steps.flatMap(({ location: at, values }) => {
    const line = lineOf(at)
    if (at === undefined || line === undefined) return []
    const fresh = values.filter(({ text }) => !told.has(text))
    for (const { text } of fresh) told.add(text)
    const notes = fresh.map((value) => `${bar('')}     ${paint(renderValue(value), 'cyan', style)}`)
    return [`${bar(String(line))}   ${printable(firstLine(at))}`, ...notes]
  })
  return [
    title,
    `${' '.repeat(gutter)}${paint('-->', 'blue', style)} ${printable(file.path)}:${start.line}:${start.column}`,
    `${bar(String(start.line))} ${printable(lineText(file, start.line))}`,
    ...lines,
  ].join('\n')
}

/** A rule that yielded nothing, the expression at which it gave up, and what that asked for. */
function renderAccount(account: RuleAccount, style: Style): string {
  const { name, location, failedAt, innerAt, attempts, times, because } = account
  const head = `${paint('nothing by', 'yellow', style)} ${paint(printable(name), 'bold', style)}`
  const at = innerAt ?? failedAt ?? location
  if (at === undefined) return head
  const note = failedAt === undefined ? summarize(account) : 'is not true'
  const gutter = ' '.repeat(gutterWidth(at.file, at.span))
  const [first = [], ...others] = attempts
  const mark = paint('=', 'cyan', style)
  const notes = [
    ...first.map((value) => `${gutter} ${mark} ${renderValue(value)}`),
    ...others
      .flatMap((each) => renderOther(each, first))
      .map((text) => `${gutter} ${mark} ${text}`),
    ...(times > attempts.length
      ? [`${gutter} ${mark} and ${times - attempts.length} more ways`]
      : []),
    ...because.flatMap((each) => renderCause(each, `${gutter} `, mark)),
  ]
  return [head, ...renderPlace(at, note, style), ...notes].join('\n')
}

/** Another way to the same expression, by what is different. */
function renderOther(
  values: readonly NamedValue[],
  first: readonly NamedValue[],
): readonly string[] {
  const different = values.filter(
    ({ text, value }) => !first.some((each) => each.text === text && each.value === value),
  )
  return different.length === 0 ? [] : [`also where ${different.map(renderInline).join(', ')}`]
}

function renderCause(account: RuleAccount, indent: string, mark: string): readonly string[] {
  const { name, location, attempts, because } = account
  const line = lineOf(account.failedAt ?? location)
  const place = location === undefined ? '' : ` (${printable(location.file.path)}:${line})`
  const values = (attempts[0] ?? []).map(renderInline)
  const where = values.length === 0 ? '' : `, where ${values.join(', ')}`
  return [
    `${indent}${mark} ${printable(name)}${place}: ${summarize(account)}${where}`,
    ...because.flatMap((each) => renderCause(each, `${indent}  `, mark)),
  ]
}

function summarize({ outcome, failedAt, innerAt }: RuleAccount): string {
  const at = innerAt ?? failedAt
  switch (outcome) {
    case 'held':
      return 'holds'
    case 'arguments':
      return 'its arguments do not fit'
    case 'unreached':
      return 'was not evaluated'
    case 'failed':
      return at === undefined ? 'does not hold' : `\`${printable(firstLine(at))}\` is not true`
  }
}

function renderValue({ text, value }: NamedValue): string {
  return `${printable(text)}: ${printable(value)}`
}

function renderInline({ text, value }: NamedValue): string {
  const shown = value.length > INLINE_LENGTH ? `${value.slice(0, INLINE_LENGTH)}…` : value
  return renderValue({ text, value: shown })
}

function renderPlace(at: Location, note: string, style: Style): readonly string[] {
  const gutter = gutterWidth(at.file, at.span)
  const { line, column } = positionAt(at.file, at.span.start)
  return [
    `${' '.repeat(gutter)}${paint('-->', 'blue', style)} ${printable(at.file.path)}:${line}:${column}`,
    renderFrame(at.file, at.span, note, { ...style, gutter, ink: 'yellow' }),
  ]
}

function lineOf(at: Location | undefined): number | undefined {
  return at === undefined ? undefined : positionAt(at.file, at.span.start).line
}

function firstLine({ file, span }: Location): string {
  return file.text.slice(span.start, span.end).split(/\r?\n/, 1)[0] ?? ''
}
