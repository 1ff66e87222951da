// Reads a query by Prometheus' own grammar and follows the labels through it: a series that nobody exposes, a label that it
// does not have, two sides that can never match, a rate of what does not only grow.
import { parser } from '@prometheus-io/lezer-promql'

/** One series, by the name that a query uses: a histogram has three. */
export interface Series {
  readonly isCumulative: boolean
  /** Each with its values; undefined where they are not known beforehand. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string> | undefined>
}

export interface CheckedQuery {
  readonly faults: readonly string[]
  /** Of what comes back; undefined for a scalar. */
  readonly labels: ReadonlySet<string> | undefined
}

type Node = ReturnType<typeof parser.parse>['topNode']
type Labels = ReadonlySet<string>
interface Context {
  readonly query: string
  readonly series: ReadonlyMap<string, Series>
  readonly faults: string[]
}

const OF_CUMULATIVE = new Set(['Rate', 'Irate', 'Increase'])

/** Of Grafana's variables only those in matchers' values may stand, and fit anything. */
export function checkQuery(query: string, series: ReadonlyMap<string, Series>): CheckedQuery {
  const context: Context = { query, series, faults: [] }
  const tree = parser.parse(query)
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) context.faults.push(`syntax error at ${query.slice(from, from + 20)}`)
    },
  })
  if (context.faults.length > 0) return { faults: context.faults, labels: undefined }
  const labels = follow(tree.topNode, context)
  return { faults: context.faults, labels }
}

function follow(node: Node, context: Context): Labels | undefined {
  switch (node.name) {
    case 'VectorSelector':
      return select(node, context)
    case 'BinaryExpr':
      return combine(node, context)
    case 'AggregateExpr':
      return aggregate(node, context)
    case 'FunctionCall':
      return call(node, context)
    case 'NumberDurationLiteral':
    case 'StringLiteral':
      return undefined
    case 'PromQL':
    case 'ParenExpr':
    case 'UnaryExpr':
    case 'MatrixSelector':
    case 'SubqueryExpr':
    case 'OffsetExpr': {
      const inner = children(node).find(isExpression)
      if (inner !== undefined) return follow(inner, context)
    }
  }
  throw new Error(`a query has a ${node.name}, which this does not follow`)
}

function select(node: Node, context: Context): Labels {
  const name = textOf(node.getChild('Identifier'), context)
  const found = context.series.get(name)
  if (found === undefined) {
    context.faults.push(`nobody exposes ${name}`)
    return new Set()
  }
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
  for (const matcher of matchers) {
    const label = textOf(matcher.getChild('LabelName'), context)
    const text = textOf(matcher.getChild('StringLiteral'), context).slice(1, -1)
    const isRegex = textOf(matcher.getChild('MatchOp'), context).endsWith('~')
    const values = found.labels.get(label)
    if (!found.labels.has(label)) context.faults.push(`${name} has no label ${label}`)
    else if (values === undefined || text.includes('$')) continue
    else {
      const missing = (isRegex ? text.split('|') : [text]).filter((value) => !values.has(value))
      if (missing.length > 0) context.faults.push(`${name} has no ${label}="${missing.join()}"`)
    }
  }
  return new Set(found.labels.keys())
}

function call(node: Node, context: Context): Labels | undefined {
  const identifier = node.getChild('FunctionIdentifier')?.firstChild
  const args = children(node.getChild('FunctionCallBody'))
  const followed = args.map((arg) => follow(arg, context))
  const labels = followed.find((each) => each !== undefined)
  if (OF_CUMULATIVE.has(identifier?.name ?? '')) {
    for (const name of namesIn(args[0], context)) {
      if (context.series.get(name)?.isCumulative === false) {
        context.faults.push(`${name} does not only grow: no rate`)
      }
    }
  }
  if (identifier?.name === 'Absent') return new Set()
  if (identifier?.name !== 'HistogramQuantile') return labels
  if (labels?.has('le') !== true) context.faults.push('a quantile of what has no buckets')
  return without(labels ?? new Set(), ['le'])
}

function aggregate(node: Node, context: Context): Labels {
  const args = children(node.getChild('FunctionCallBody'))
  const inner = args.map((arg) => follow(arg, context)).find((each) => each !== undefined)
  const modifier = node.getChild('AggregateModifier')
  if (modifier === null) return new Set()
  const named = labelNames(modifier.getChild('GroupingLabels'), context)
  requireLabels(named, inner, context)
  if (modifier.getChild('By') !== null) return new Set(named)
  return without(inner ?? new Set(), named)
}

function combine(node: Node, context: Context): Labels | undefined {
  const [left, right] = children(node).filter(isExpression)
  if (left === undefined || right === undefined) throw new Error('a side is missing')
  const leftLabels = follow(left, context)
  const rightLabels = follow(right, context)
  if (leftLabels === undefined || rightLabels === undefined) return leftLabels ?? rightLabels

  const clause = node.getChild('MatchingModifierClause')
  const lists = clause?.getChildren('GroupingLabels') ?? []
  const has = (name: string): boolean => (clause?.getChild(name) ?? null) !== null
  if (has('Ignoring') || has('GroupRight')) {
    throw new Error('write `on` and `group_left`: this follows nothing else')
  }
  if (clause === null) {
    if (!isSame(leftLabels, rightLabels)) {
      const sides = [leftLabels, rightLabels].map((each) => `{${[...each].join()}}`)
      context.faults.push(`sides never match: ${sides.join(' and ')}`)
    }
    return leftLabels
  }
  const on = labelNames(lists[0], context)
  requireLabels(on, leftLabels, context)
  requireLabels(on, rightLabels, context)
  if (['And', 'Unless', 'Or'].some((each) => node.getChild(each) !== null)) return leftLabels
  if (!has('GroupLeft')) return new Set(on)
  const taken = labelNames(lists[1], context)
  requireLabels(taken, rightLabels, context)
  return new Set([...leftLabels, ...taken])
}

function requireLabels(names: readonly string[], labels: Labels | undefined, context: Context) {
  const missing = names.filter((name) => labels?.has(name) !== true)
  if (missing.length > 0) context.faults.push(`no label ${missing.join()} in what is grouped`)
}

function labelNames(list: Node | null | undefined, context: Context): string[] {
  return (list?.getChildren('LabelName') ?? []).map((each) => textOf(each, context))
}

function namesIn(node: Node | undefined, context: Context): string[] {
  const names: string[] = []
  node?.cursor().iterate((each) => {
    if (each.name === 'VectorSelector')
      names.push(textOf(each.node.getChild('Identifier'), context))
  })
  return names
}

function isExpression({ name }: Node): boolean {
  return /(Expr|Selector|Literal|FunctionCall)$/.test(name) && !name.startsWith('Duration')
}

function children(node: Node | null): Node[] {
  const found: Node[] = []
  for (let each = node?.firstChild ?? null; each !== null; each = each.nextSibling) found.push(each)
  return found
}

function textOf(node: Node | null, { query }: Context): string {
  return node === null ? '' : query.slice(node.from, node.to)
}

function without(labels: Labels, names: readonly string[]): Labels {
  return new Set([...labels].filter((label) => !names.includes(label)))
}

function isSame(one: Labels, other: Labels): boolean {
  return one.size === other.size && [...one].every((label) => other.has(label))
}
