// One review, all bindings: match, then evaluate. What the outcomes mean is for `admission` to decide.
import type { Binding } from '../bundle/bundle.ts'
import type { Engine } from './engine.ts'
import { findException } from './find-exception.ts'
import { hasObject, isNamespace, matchBinding } from './match.ts'
import type { EvaluationError, Outcome } from './outcome.ts'
import { encodeText } from './memory-text.ts'
import type { AdmissionRequest, NamespaceAnswer, NamespaceLookup, Review } from './review.ts'

/** Stands beside the bindings as they are evaluated, one after the other: for deadlines, circuits and measuring. */
export interface Watch {
  /** Asked before a matched binding is evaluated; an error takes the place of its evaluation. */
  readonly before: (binding: Binding) => EvaluationError | undefined
  /** Told of every outcome that is not `skipped`. */
  readonly after: (outcome: Outcome) => void
}

/** Returns one outcome a binding, in the bundle's order. Never throws for what a review or a policy does. */
export function judge(
  engine: Engine,
  review: Review,
  namespaces: NamespaceLookup,
  now: Date,
  watch?: Watch,
): Outcome[] {
  const { request } = review
  const lookup = rememberAnswers(namespaces)
  const evaluation = engine.evaluate({
    review: review.bytes,
    namespaceObject: () => findNamespaceObject(request, lookup),
    now,
  })
  const except = (outcome: Outcome): Outcome => {
    if (outcome.kind !== 'evaluated' || outcome.violations.length === 0) return outcome
    const exception = findException(engine.bundle.exceptions, outcome.binding, request, now)
    return exception === undefined ? outcome : { ...outcome, exception }
  }
  const isThere = hasObject(request)
  try {
    return engine.bundle.bindings.map((binding): Outcome => {
      const match = matchBinding(binding, request, lookup)
      if (match.kind === 'skipped') return { kind: 'skipped', binding, reason: match.reason }
      const error =
        match.kind === 'failed'
          ? match.error
          : isThere
            ? watch?.before(binding)
            : missingObject(binding, request)
      const outcome: Outcome =
        error === undefined
          ? except(evaluation.run(binding))
          : { kind: 'failed', binding, error, fuelUsed: 0 }
      watch?.after(outcome)
      return outcome
    })
  } finally {
    evaluation.end()
  }
}

/** Asks for each Namespace once, so that all bindings of a review see the same one. */
function rememberAnswers(namespaces: NamespaceLookup): NamespaceLookup {
  const answers = new Map<string, NamespaceAnswer>()
  return (name) => {
    const answer = answers.get(name) ?? namespaces(name)
    answers.set(name, answer)
    return answer
  }
}

function findNamespaceObject(
  request: AdmissionRequest,
  namespaces: NamespaceLookup,
): Uint8Array | undefined {
  if (request.namespace === '' || isNamespace(request)) return undefined
  const answer = namespaces(request.namespace)
  return answer.kind === 'found' ? encodeText(JSON.stringify(answer.object)) : undefined
}

function missingObject(binding: Binding, request: AdmissionRequest): EvaluationError {
  return {
    code: 'no-object',
    message: `policy \`${binding.policy.name}\` (binding \`${binding.name}\`) was not evaluated: the ${request.operation} request has no object`,
  }
}
