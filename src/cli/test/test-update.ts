// `--update`: writes what came of a case into its `expect`, in place. Only what is wrong is rewritten; all other text, and its
// comments, stay. What cannot be rewritten for certain (an alias) is left to its author.
import { nodeAt } from '../../bundle/place.ts'
import { createSourceFile, lineText, positionAt, type Span } from '../../source/source-file.ts'
import type { YamlNode } from '../../yaml/yaml-node.ts'
import { type Actual, compare } from './test-expectation.ts'
import {
  type Expectation,
  type ExpectedViolation,
  readSuite,
  type Suite,
  type SuiteCase,
} from './test-suite.ts'

export interface CaseUpdate {
  readonly given: SuiteCase
  readonly actual: Actual
}

interface Edit {
  readonly span: Span
  readonly text: string
}

export interface SuiteUpdate {
  readonly text: string
  /** The cases that could not be changed without a doubt. */
  readonly refused: readonly CaseUpdate[]
}

export function updateSuite(suite: Suite, updates: readonly CaseUpdate[]): SuiteUpdate {
  const accepted = updates.flatMap((update) => {
    const edits = editsOf(update) ?? []
    const isSure = edits.length > 0 && isAsMeant(suite, [update], apply(suite, edits))
    return isSure ? [{ update, edits }] : []
  })
  const text = apply(
    suite,
    accepted.flatMap(({ edits }) => edits),
  )
  const done = accepted.map(({ update }) => update)
  // Each is right by itself, so that together they are, or there is a bug here.
  if (!isAsMeant(suite, done, text)) return { text: suite.file.text, refused: updates }
  return { text, refused: updates.filter((each) => !done.includes(each)) }
}

function apply({ file }: Suite, edits: readonly Edit[]): string {
  const newline = file.text.includes('\r\n') ? '\r\n' : '\n'
  return edits
    .toSorted((a, b) => b.span.start - a.span.start)
    .reduce(
      (text, { span, text: part }) =>
        text.slice(0, span.start) + part.replaceAll('\n', newline) + text.slice(span.end),
      file.text,
    )
}

/** The new text says of every case what was found, and of all others what it said. */
function isAsMeant(suite: Suite, updates: readonly CaseUpdate[], updated: string): boolean {
  const read = readSuite(createSourceFile(suite.file.path, updated)).suite
  if (read?.cases.length !== suite.cases.length) return false
  return suite.cases.every((before, index) => {
    const after = read.cases[index]
    if (after === undefined) return false
    const { expect: written, place: _after, ...rest } = after
    const { expect: old, place: _before, ...oldRest } = before
    if (JSON.stringify(rest) !== JSON.stringify(oldRest)) return false
    const update = updates.find((each) => each.given === before)
    if (update === undefined) return JSON.stringify(written) === JSON.stringify(old)
    return written !== undefined && compare(written, update.actual) === undefined
  })
}

function editsOf({ given, actual }: CaseUpdate): readonly Edit[] | undefined {
  const { place } = given
  const { text } = place.file
  const node = nodeAt(place.root, place.path)
  if (node === undefined) return undefined
  const isFlow = [[], ['cases'], place.path].some((path) =>
    isBracketed(nodeAt(place.root, path), text),
  )
  const expected = node.entries?.get('expect')
  if (expected === undefined) return insert(node, given, actual, isFlow)
  if (isElsewhere(expected)) return undefined
  const isFlowExpect = isFlow || isBracketed(expected, text)
  const edits: Edit[] = []
  const { verdict, violations } = given.expect ?? {}
  if (verdict !== undefined && verdict !== actual.verdict) {
    const value = expected.entries?.get('verdict')
    if (value === undefined || isElsewhere(value)) return undefined
    edits.push({ span: value.span, text: actual.verdict })
  }
  const written = { verdict: actual.verdict, ...(violations === undefined ? {} : { violations }) }
  const difference = compare(written, actual)
  if (violations !== undefined && difference !== undefined) {
    const value = expected.entries?.get('violations')
    if (value?.keySpan === undefined || isElsewhere(value)) return undefined
    edits.push(
      typeof violations === 'number'
        ? { span: value.span, text: String(actual.violations.length) }
        : replaceList(given, value, value.keySpan, actual, isFlowExpect),
    )
  }
  // A case that turned out to be skipped, of which nothing was said.
  if (edits.length === 0 && verdict === undefined) {
    return addVerdict(given, expected, actual, isFlowExpect)
  }
  return edits
}

function addVerdict(
  { place }: SuiteCase,
  expected: YamlNode,
  actual: Actual,
  isFlow: boolean,
): readonly Edit[] {
  const { start } = expected.span
  if (isFlow) {
    const at = { start: start + 1, end: start + 1 }
    return [{ span: at, text: ` verdict: ${actual.verdict},` }]
  }
  const indent = ' '.repeat(positionAt(place.file, start).column - 1)
  return [{ span: { start, end: start }, text: `verdict: ${actual.verdict}\n${indent}` }]
}

/** An alias has the place of what it stands for. */
function isElsewhere({ span, keySpan }: YamlNode): boolean {
  return keySpan === undefined || span.start < keySpan.end
}

function isBracketed(node: YamlNode | undefined, text: string): boolean {
  return node !== undefined && '[{'.includes(text.charAt(node.span.start))
}

function replaceList(
  given: SuiteCase,
  value: YamlNode,
  key: Span,
  actual: Actual,
  isFlow: boolean,
): Edit {
  const { file } = given.place
  const items = expectedOf(given, actual)
  const span = { start: key.end, end: value.span.end }
  if (isFlow || isBracketed(value, file.text)) return { span, text: `: ${flowList(items)}` }
  // Behind the key, where a list that is a block has nothing else.
  const comment = /^[ \t]*:[ \t]*(#[^\r\n]*)/.exec(file.text.slice(key.end))?.[1]
  const note = comment === undefined ? '' : ` ${comment}`
  const end = lineEnd(file.text, span)
  if (items.length === 0) return { span, text: `: []${note}${end}` }
  const indent = ' '.repeat(positionAt(file, key.start).column + 1)
  return { span, text: `:${note}\n${blockList(items, indent)}${end}` }
}

/** The span of the last item of a block may hold the line break after it. */
function lineEnd(text: string, { start, end }: Span): string {
  return end > start && text.charAt(end - 1) === '\n' ? '\n' : ''
}

function insert(
  node: YamlNode,
  given: SuiteCase,
  actual: Actual,
  isFlow: boolean,
): readonly Edit[] | undefined {
  const { file } = given.place
  const { text } = file
  const expectation = fullExpectation(given, actual)
  if (isFlow || isBracketed(node, text)) {
    const at = text.slice(0, node.span.end - 1).trimEnd().length
    return [{ span: { start: at, end: at }, text: `, expect: ${flowExpectation(expectation)}` }]
  }
  const first = node.entries?.get('name')?.keySpan
  if (first === undefined) return undefined
  const indent = ' '.repeat(positionAt(file, first.start).column - 1)
  const ends = [...(node.entries?.values() ?? [])].map((each) =>
    isElsewhere(each) ? (each.keySpan?.end ?? 0) : each.span.end,
  )
  const end = Math.max(...ends)
  const block = blockExpectation(expectation, indent)
  if (text.charAt(end - 1) === '\n') return [{ span: { start: end, end }, text: `${block}\n` }]
  const line = positionAt(file, Math.max(0, end - 1)).line
  const at = (file.lineStarts[line - 1] ?? 0) + lineText(file, line).length
  return [{ span: { start: at, end: at }, text: `\n${block}` }]
}

function fullExpectation(given: SuiteCase, actual: Actual): Expectation {
  if (actual.violations.length === 0) return { verdict: actual.verdict }
  return { verdict: actual.verdict, violations: expectedOf(given, actual) }
}

/** Which binding found it is worth saying where there are several. */
function expectedOf(given: SuiteCase, { violations }: Actual): readonly ExpectedViolation[] {
  const isOne = given.policy !== undefined || given.binding !== undefined
  return violations.map(({ message, path, binding }) => ({
    message: `^${message.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`,
    path,
    ...(isOne ? {} : { binding }),
  }))
}

function blockExpectation({ verdict, violations }: Expectation, indent: string): string {
  const lines = [`${indent}expect:`, `${indent}  verdict: ${verdict}`]
  if (typeof violations === 'object') {
    lines.push(`${indent}  violations:`, blockList(violations, `${indent}    `))
  }
  return lines.join('\n')
}

function blockList(items: readonly ExpectedViolation[], indent: string): string {
  return items
    .map((item) =>
      Object.entries(item)
        .map(
          ([key, value], index) => `${indent}${index === 0 ? '- ' : '  '}${key}: ${quote(value)}`,
        )
        .join('\n'),
    )
    .join('\n')
}

function flowExpectation({ verdict, violations }: Expectation): string {
  const list = typeof violations === 'object' ? `, violations: ${flowList(violations)}` : ''
  return `{ verdict: ${verdict}${list} }`
}

function flowList(items: readonly ExpectedViolation[]): string {
  const shown = items.map((item) => {
    const entries = Object.entries(item).map(([key, value]) => `${key}: ${quote(value)}`)
    return `{ ${entries.join(', ')} }`
  })
  return shown.length === 0 ? '[]' : `[${shown.join(', ')}]`
}

/** In single quotes, where backslashes stand for themselves, unless a character must be spelled out. */
function quote(text: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u.test(text)) {
    return `'${text.replaceAll("'", "''")}'`
  }
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
