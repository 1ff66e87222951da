// The one place that knows how the server's handler is made and called. The answer is taken as it is; what each binding said is
// taken from what the handler tells its metrics.
import { fixedNamespaces } from '../../src/cluster/namespace-source.ts'
import type { Engine } from '../../src/policy/engine.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import type { NamespaceLookup } from '../../src/policy/review.ts'
import { createCircuits } from '../../src/server/circuits.ts'
import type { Metrics } from '../../src/server/metrics.ts'
import { createReviewHandler, type Handled } from '../../src/server/review-handler.ts'
import { NAMESPACES } from './settings.ts'

export interface Judged {
  readonly handled: Handled
  /** Of each binding that was not skipped. */
  readonly outcomes: readonly Outcome[]
  /** What the log calls an error. */
  readonly errors: readonly string[]
}

export type JudgeBytes = (bytes: Uint8Array) => Judged

export const lookUpNamespace: NamespaceLookup = (name) => {
  const labels = NAMESPACES.get(name)
  if (labels === undefined) return { kind: 'unknown' }
  const metadata = { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } }
  return { kind: 'found', object: { apiVersion: 'v1', kind: 'Namespace', metadata } }
}

export function createJudge(engine: Engine): JudgeBytes {
  let outcomes: Outcome[] = []
  let errors: string[] = []
  const ignore = (): void => undefined
  const metrics: Metrics = {
    observeReview: ignore,
    observeOutcome: (outcome) => void outcomes.push(outcome),
    countShed: ignore,
    countHttpError: ignore,
    countHandshakeFailure: ignore,
    countReload: ignore,
    contentType: '',
    render: () => Promise.resolve(''),
  }
  // Time stands still, so that no deadline passes; and no circuit opens, so that a case is judged alike after any other.
  const elapsedMs = (): number => 0
  const handle = createReviewHandler({
    engine,
    namespaces: fixedNamespaces(lookUpNamespace),
    clock: { now: () => new Date(0), elapsedMs },
    logger: {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (message, fields) => void errors.push(`${message} ${JSON.stringify(fields)}`),
    },
    metrics,
    circuits: createCircuits({
      options: { consecutiveErrors: Infinity, openMs: 0 },
      elapsedMs,
      onChange: ignore,
    }),
  })
  return (bytes) => {
    outcomes = []
    errors = []
    const handled = handle(bytes, { startMs: 0, deadlineMs: 1 })
    if (handled.kind === 'waiting') throw new Error('all namespaces are known, and it waits')
    return { handled, outcomes, errors }
  }
}
