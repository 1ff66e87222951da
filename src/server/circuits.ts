// A binding that fails again and again takes its whole budget each time. After a few failures in a row it is left alone for
// a while, then tried once. A circuit belongs to one namespace, so that nobody who makes a policy fail on objects of his own
// shuts the gate, or under Ignore opens it, for others; where those of several namespaces fail and none succeeds, it is the policy.
import type { Binding } from '../bundle/bundle.ts'
import type { EvaluationError, EvaluationErrorCode, Outcome } from '../policy/outcome.ts'

export interface CircuitOptions {
  /** Evaluations of a binding that fail one after the other until its circuit opens. */
  readonly consecutiveErrors: number
  /** How long an open circuit stays open before the binding is tried again. */
  readonly openMs: number
}

export const DEFAULT_CIRCUIT: CircuitOptions = { consecutiveErrors: 3, openMs: 30_000 }

export interface CircuitChange {
  readonly binding: Binding
  /** Undefined for the circuit of all namespaces. */
  readonly namespace: string | undefined
  readonly state: 'open' | 'closed'
}

export interface Circuits {
  /** The error that takes the place of an evaluation, while the circuit is open. */
  readonly check: (binding: Binding, namespace: string) => EvaluationError | undefined
  readonly record: (outcome: Outcome, namespace: string) => void
  /** How many of the binding's circuits are open. */
  readonly countOpen: (binding: Binding) => number
}

/** So many namespaces with failures in one row, and the binding is left alone in all. */
const WIDESPREAD = 3
/** Namespaces with failures that are remembered for a binding; past it, the one that failed first is forgotten. */
const MAX_NAMESPACES = 1_000

interface Circuit {
  errors: number
  /** In elapsed milliseconds; 0 while it was never open. */
  openUntil: number
}

interface BindingCircuits {
  readonly byNamespace: Map<string, Circuit>
  wide: Circuit | undefined
  /** Failures without a success between them, and some of the namespaces they were in. */
  errors: number
  readonly among: Set<string>
}

export function createCircuits(deps: {
  readonly options: CircuitOptions
  readonly elapsedMs: () => number
  readonly onChange: (change: CircuitChange) => void
}): Circuits {
  const { options, elapsedMs, onChange } = deps
  const all = new Map<Binding, BindingCircuits>()

  const open = (circuit: Circuit, binding: Binding, namespace: string | undefined): void => {
    const wasOpen = circuit.openUntil > 0
    circuit.openUntil = elapsedMs() + options.openMs
    if (!wasOpen) onChange({ binding, namespace, state: 'open' })
  }

  const fail = (binding: Binding, namespace: string): void => {
    const circuits = all.get(binding) ?? newCircuits()
    all.set(binding, circuits)
    const { byNamespace, among } = circuits
    circuits.errors++
    if (among.size < WIDESPREAD) among.add(namespace)
    const circuit = byNamespace.get(namespace) ?? { errors: 0, openUntil: 0 }
    byNamespace.set(namespace, circuit)
    if (++circuit.errors >= options.consecutiveErrors) open(circuit, binding, namespace)
    // Where there is one already, this was its trial.
    const isWide = among.size >= WIDESPREAD && circuits.errors >= options.consecutiveErrors
    if (circuits.wide !== undefined || isWide) {
      circuits.wide ??= { errors: 0, openUntil: 0 }
      open(circuits.wide, binding, undefined)
    }
    const [oldest] = byNamespace.keys()
    if (byNamespace.size > MAX_NAMESPACES && oldest !== undefined) byNamespace.delete(oldest)
  }

  const succeed = (binding: Binding, namespace: string): void => {
    const circuits = all.get(binding)
    if (circuits === undefined) return
    const { byNamespace, wide } = circuits
    const circuit = byNamespace.get(namespace)
    byNamespace.delete(namespace)
    circuits.wide = undefined
    circuits.errors = 0
    circuits.among.clear()
    if (byNamespace.size === 0) all.delete(binding)
    if ((circuit?.openUntil ?? 0) > 0) onChange({ binding, namespace, state: 'closed' })
    if (wide !== undefined) onChange({ binding, namespace: undefined, state: 'closed' })
  }

  const countOpen = (binding: Binding): number => {
    const now = elapsedMs()
    const { byNamespace, wide } = all.get(binding) ?? newCircuits()
    let count = isOpen(wide, now) ? 1 : 0
    for (const circuit of byNamespace.values()) if (isOpen(circuit, now)) count++
    return count
  }

  return {
    check: (binding, namespace) => {
      const circuits = all.get(binding)
      if (circuits === undefined) return undefined
      const now = elapsedMs()
      const { wide } = circuits
      const own = circuits.byNamespace.get(namespace)
      if (isOpen(wide, now)) return describeOpen(binding, 'in several namespaces', wide, now)
      if (isOpen(own, now)) return describeOpen(binding, 'for this namespace', own, now)
      return undefined
    },
    record: (outcome, namespace) => {
      if (outcome.kind === 'evaluated') succeed(outcome.binding, namespace)
      else if (outcome.kind === 'failed' && isPolicys(outcome.error.code)) {
        fail(outcome.binding, namespace)
      }
    },
    countOpen,
  }
}

function newCircuits(): BindingCircuits {
  return { byNamespace: new Map(), wide: undefined, errors: 0, among: new Set() }
}

function isOpen(circuit: Circuit | undefined, nowMs: number): circuit is Circuit {
  return circuit !== undefined && nowMs < circuit.openUntil
}

function describeOpen(
  { name, policy }: Binding,
  where: string,
  { openUntil }: Circuit,
  nowMs: number,
): EvaluationError {
  const seconds = Math.ceil((openUntil - nowMs) / 1_000)
  return {
    code: 'circuit-open',
    message: `policy \`${policy.name}\` (binding \`${name}\`) was not evaluated: it failed again and again ${where}, and is tried again in ${seconds} s`,
  }
}

/** The rest are faults of the request, or of the moment. */
function isPolicys(code: EvaluationErrorCode): boolean {
  switch (code) {
    case 'evaluation-failed':
    case 'budget-exceeded':
    case 'memory-exceeded':
    case 'invalid-result':
      return true
    case 'unknown-namespace':
    case 'no-object':
    case 'unreadable-review':
    case 'review-too-large':
    case 'review-budget-exceeded':
    case 'deadline-exceeded':
    case 'circuit-open':
      return false
  }
}
