// The three steps of the engine over every object of a run, with what the report needs of each.
import { decide } from '../admission/decide.ts'
import type { Decision } from '../admission/decision.ts'
import type { Operation } from '../bundle/match.ts'
import { toReview } from '../kubernetes/to-review.ts'
import type { Resource } from '../kubernetes/resource.ts'
import type { Engine } from '../policy/engine.ts'
import { judge } from '../policy/judge.ts'
import type { Outcome } from '../policy/outcome.ts'
import type { NamespaceLookup } from '../policy/review.ts'

export interface Judged {
  readonly resource: Resource
  readonly decision: Decision
  readonly outcomes: readonly Outcome[]
}

export interface JudgeOptions {
  readonly operation: Operation
  /** Takes the place of the namespace that an object names. */
  readonly namespace?: string
  readonly namespaces: NamespaceLookup
  readonly now: Date
}

export function judgeResources(
  engine: Engine,
  resources: readonly Resource[],
  options: JudgeOptions,
): readonly Judged[] {
  const { operation, namespace, namespaces, now } = options
  return resources.map((resource) => {
    const review = toReview(resource, {
      operation,
      ...(namespace === undefined ? {} : { namespace }),
    })
    const outcomes = judge(engine, review, namespaces, now)
    return { resource, decision: decide(outcomes), outcomes }
  })
}
