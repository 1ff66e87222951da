import type { Builtin } from './builtin.ts'
import { asItems, asObject } from './operands.ts'
import { compareValues, lookUp, regoArray, regoSet, sizeOf, type RegoValue } from './rego-value.ts'

/** Fuel for one node of a path. */
const NODE_COST = 16

/** A path, last node first, sharing its beginning with others. */
interface PathEnd {
  readonly node: RegoValue
  readonly before: PathEnd | undefined
  readonly length: number
}

/** `graph.reachable_paths(graph, initial)`: every path that ends at a node without edges, or where it would turn in a circle. */
export const reachablePaths: Builtin = ([graphValue, initialValue], context) => {
  const graph = asObject(graphValue)
  const initial = asItems(initialValue)
  if (graph === undefined || initial === undefined) return undefined
  const edgesOf = (node: RegoValue): readonly RegoValue[] | undefined => {
    const edges = lookUp(graph, node)
    return edges === undefined ? undefined : (asItems(edges) ?? [])
  }
  const found: RegoValue[] = []
  const finish = (path: PathEnd): void => {
    context.charge(path.length * NODE_COST)
    found.push(regoArray(nodesOf(path)))
  }
  const pending: { readonly path: PathEnd; readonly edges: readonly RegoValue[] }[] = []
  for (const node of initial) {
    const edges = edgesOf(node)
    if (edges) pending.push({ path: { node, before: undefined, length: 1 }, edges })
  }
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { path, edges } = step
    if (edges.length === 0) finish(path)
    for (const neighbor of edges) {
      context.charge(path.length * (sizeOf(neighbor) + NODE_COST))
      const next = edgesOf(neighbor)
      // As in OPA, the first step is not looked at: from a node to itself is a path.
      const isCircle = path.before !== undefined && isOn(path, neighbor)
      if (isCircle || next === undefined) finish(path)
      else
        pending.push({
          path: { node: neighbor, before: path, length: path.length + 1 },
          edges: next,
        })
    }
  }
  return regoSet(found)
}

function isOn(path: PathEnd, node: RegoValue): boolean {
  for (let end: PathEnd | undefined = path; end !== undefined; end = end.before) {
    if (compareValues(end.node, node) === 0) return true
  }
  return false
}

function nodesOf(path: PathEnd): RegoValue[] {
  const nodes: RegoValue[] = []
  for (let end: PathEnd | undefined = path; end !== undefined; end = end.before)
    nodes.push(end.node)
  return nodes.toReversed()
}
