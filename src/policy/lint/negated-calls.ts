// `not f(input.x)`: OPA looks arguments up before it negates the call, so where `input.x` is undefined the whole body fails, as
// though the object were in order. Works on OPA's own tree of a module, in the JSON of `rego.parse_module`.
import type { SourceFile, Span } from '../../source/source-file.ts'
import { negationsIn } from './rego-text.ts'

/** OPA's tree of a file. */
export interface ParsedModule {
  readonly file: SourceFile
  readonly tree: unknown
}

export interface UndefinedNegation {
  /** The argument, `container.image`. */
  readonly argument: string
  readonly file: SourceFile
  /** Of the `not`; the file's start where it cannot be told. */
  readonly span: Span
}

/** What every request that is judged on CREATE or UPDATE has. */
const ALWAYS_THERE: readonly string[] = [
  'input.parameters',
  'input.request',
  'input.request.uid',
  'input.request.kind',
  'input.request.kind.group',
  'input.request.kind.version',
  'input.request.kind.kind',
  'input.request.resource',
  'input.request.resource.group',
  'input.request.resource.version',
  'input.request.resource.resource',
  'input.request.operation',
  'input.request.userInfo',
  'input.request.userInfo.username',
  'input.request.object',
  'input.request.object.metadata',
  'input.request.oldObject',
]

/** Negated calls with an argument that may be undefined; `parameters` are those that always have a value. */
export function findUndefinedNegations(
  { file, tree }: ParsedModule,
  parameters: readonly string[],
): readonly UndefinedNegation[] {
  const rules = listAt(tree, 'rules')
  const known = new Set(['data', ...rules.map(ruleName), ...listAt(tree, 'imports').map(alias)])
  const there = new Set([...ALWAYS_THERE, ...parameters.map((each) => `input.parameters.${each}`)])
  const found: { readonly index: number; readonly argument: string }[] = []
  let negations = 0
  const visitBody = (body: readonly unknown[], outer: ReadonlySet<string>): void => {
    const proven = new Set([
      ...outer,
      ...body
        .filter((each) => !isNegated(each))
        .flatMap(refsOf)
        .flatMap(prefixesOf),
    ])
    for (const expression of body) {
      if (isNegated(expression)) {
        const argument = hoisted(keyOf(expression, 'terms')).find(
          (ref) => !known.has(rootOf(ref)) && !there.has(ref) && !proven.has(ref),
        )
        if (argument !== undefined) found.push({ index: negations, argument })
        negations++
      }
      visit(keyOf(expression, 'terms'), proven)
      visit(keyOf(expression, 'with'), proven)
    }
  }
  const visit = (value: unknown, outer: ReadonlySet<string>): void => {
    if (Array.isArray(value)) {
      for (const each of value) visit(each, outer)
      return
    }
    if (typeof value !== 'object' || value === null) return
    // As in the text: the head or the term of a comprehension comes before its body.
    for (const key of ['head', 'key', 'term', 'domain', 'symbols', 'terms', 'value']) {
      visit(keyOf(value, key), outer)
    }
    const body = keyOf(value, 'body')
    if (Array.isArray(body)) visitBody(body, outer)
    visit(keyOf(value, 'else'), outer)
  }
  for (const rule of rules) visit(rule, new Set())
  const places = negationsIn(file.text)
  const isCertain = places.length === negations
  return found.map(({ index, argument }) => ({
    argument,
    file,
    span: (isCertain ? places[index] : undefined) ?? {
      start: 0,
      end: Math.min(1, file.text.length),
    },
  }))
}

/** The references of a negated expression that are looked up before it: all but those that stand in it themselves. */
function hoisted(terms: unknown): readonly string[] {
  if (!Array.isArray(terms)) return innerRefs(terms)
  const [operator, ...operands] = terms as readonly unknown[]
  const isComparison = ['equal', 'eq'].includes(refText(operator) ?? '')
  return operands.flatMap((each) => {
    if (!isComparison) return refsOf(each)
    switch (keyOf(each, 'type')) {
      case 'call':
        return listAt(each, 'value').slice(1).flatMap(refsOf)
      case 'ref':
        return innerRefs(each)
      default:
        return []
    }
  })
}

/** Every reference of more than one part in a term, but for those of comprehensions, which are undefined for themselves. */
function refsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(refsOf)
  if (typeof value !== 'object' || value === null) return []
  const type = keyOf(value, 'type')
  if (typeof type === 'string' && type.endsWith('comprehension')) return []
  if (type === 'ref') {
    const text = refText(value)
    return [...(text === undefined ? [] : [text]), ...innerRefs(value)]
  }
  if (type === 'call') return listAt(value, 'value').slice(1).flatMap(refsOf)
  const terms = keyOf(value, 'terms')
  if (terms !== undefined) return Array.isArray(terms) ? refsOf(terms.slice(1)) : refsOf(terms)
  return [
    ...refsOf(keyOf(value, 'symbols')),
    ...refsOf(keyOf(value, 'value')),
    ...refsOf(keyOf(value, 'domain')),
  ]
}

function innerRefs(value: unknown): readonly string[] {
  if (keyOf(value, 'type') !== 'ref') return []
  return listAt(value, 'value').slice(1).flatMap(refsOf)
}

/** `container.image`, `list[i].name`; undefined for what is no reference into something. */
function refText(value: unknown): string | undefined {
  if (keyOf(value, 'type') !== 'ref') return undefined
  const [root, ...parts] = listAt(value, 'value')
  let text = String(keyOf(root, 'value'))
  for (const part of parts) {
    const type = keyOf(part, 'type')
    const name = keyOf(part, 'value')
    if (type === 'string' && /^[A-Za-z_]\w*$/.test(String(name))) text += `.${String(name)}`
    else if (type === 'var') text += `[${String(name)}]`
    else text += `[${JSON.stringify(name)}]`
  }
  return text
}

/** A reference that has a value proves that those it begins with have one. */
function prefixesOf(text: string): readonly string[] {
  const ends = [...text.matchAll(/[.[]/g)].map(({ index }) => text.slice(0, index))
  return [...ends, text]
}

function rootOf(ref: string): string {
  return /^\w+/.exec(ref)?.[0] ?? ref
}

function isNegated(expression: unknown): boolean {
  return keyOf(expression, 'negated') === true
}

function ruleName(rule: unknown): string {
  return String(keyOf(keyOf(rule, 'head'), 'name') ?? rootName(keyOf(keyOf(rule, 'head'), 'ref')))
}

function rootName(ref: unknown): unknown {
  return Array.isArray(ref) ? keyOf(ref[0], 'value') : undefined
}

function alias(each: unknown): string {
  const last = listAt(keyOf(each, 'path'), 'value').at(-1)
  return String(keyOf(each, 'alias') ?? keyOf(last, 'value'))
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = keyOf(value, key)
  return Array.isArray(list) ? (list as unknown[]) : []
}

function keyOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.getOwnPropertyDescriptor(value, key)?.value
}
