// One review: parse, judge, decide, answer, and one line in the log about it.
import { randomUUID } from 'node:crypto'
import { decide } from '../admission/decide.ts'
import type { Decision } from '../admission/decision.ts'
import { parseReview } from '../admission/parse-review.ts'
import { type AdmissionAnswer, toRefusal, toResponse } from '../admission/respond.ts'
import type { Binding } from '../bundle/bundle.ts'
import type { NamespaceSource } from '../cluster/namespace-source.ts'
import type { Clock } from '../host/clock.ts'
import type { Logger } from '../host/logger.ts'
import { resourceOf } from '../kubernetes/resource-of.ts'
import type { Engine } from '../policy/engine.ts'
import { judge, type Watch } from '../policy/judge.ts'
import type { EvaluationError } from '../policy/outcome.ts'
import type { AdmissionRequest, GroupVersionKind, Review } from '../policy/review.ts'
import type { Circuits } from './circuits.ts'
import type { Metrics, ReviewOutcome } from './metrics.ts'
import type { ReviewResult, ReviewTrace } from './tracing.ts'

export interface ReviewDeps {
  readonly engine: Engine
  readonly namespaces: NamespaceSource
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly circuits: Circuits
}

export interface ReviewContext {
  /** When the review came and when its answer is due, in the clock's elapsed milliseconds. */
  readonly startMs: number
  readonly deadlineMs: number
  readonly trace?: ReviewTrace | undefined
}

type ReviewAbout = Omit<ReviewResult, 'statusCode'>

export interface Answered {
  readonly kind: 'answered'
  readonly answer: AdmissionAnswer
  readonly about: ReviewAbout
}

/** For what must be known of the request's Namespace first. */
export interface Waiting {
  readonly kind: 'waiting'
  readonly until: Promise<void>
  readonly resume: () => Answered
}

export type Handled = Answered | { readonly kind: 'malformed'; readonly message: string }

/** Never throws: once the uid is known, a bug of ours is a denial too. */
export function createReviewHandler(
  deps: ReviewDeps,
): (bytes: Uint8Array, context: ReviewContext) => Handled | Waiting {
  const { engine, clock, logger, metrics } = deps
  const knownResources = new Set(engine.bundle.policies.flatMap((policy) => policy.resources))

  const observe = (
    request: AdmissionRequest | undefined,
    outcome: ReviewOutcome,
    startMs: number,
  ): number => {
    const durationMs = clock.elapsedMs() - startMs
    const resource = request === undefined ? '' : resourceName(request)
    metrics.observeReview({
      operation: request?.operation ?? 'unknown',
      // Anybody on the network can make names up, and each would be a time series.
      kind: request !== undefined && isBuiltIn(request.kind) ? request.kind.kind : 'other',
      resource: knownResources.has(resource) ? resource : 'other',
      outcome,
      durationMs,
    })
    return Math.round(durationMs * 1_000) / 1_000
  }

  const answerReview = (
    review: Review,
    { startMs, deadlineMs, trace }: ReviewContext,
  ): Answered => {
    const { request } = review
    const context = { bundleDigest: engine.bundle.digest, decisionId: randomUUID() }
    const described = { decisionId: context.decisionId, ...describeRequest(request) }
    try {
      const watch = watchReview(deps, request, deadlineMs, trace)
      const decision = decide(judge(engine, review, deps.namespaces.lookup, clock.now(), watch))
      const answer = toResponse(request.uid, decision, context)
      const durationMs = observe(request, decision.allowed ? 'allowed' : 'denied', startMs)
      logger.info('decision', { ...described, ...describeDecision(decision), durationMs })
      return { kind: 'answered', answer, about: { ...described, allowed: decision.allowed } }
    } catch (error) {
      observe(request, 'failed', startMs)
      logger.error('a bug of ours, please report it', {
        ...described,
        stack: error instanceof Error ? error.stack : String(error),
      })
      const message = 'internal error, see the log of Portcullis'
      const answer = toRefusal(request.uid, 500, message, context)
      return { kind: 'answered', answer, about: { ...described, allowed: false } }
    }
  }

  return (bytes, context) => {
    const parsed = parseReview(bytes)
    switch (parsed.kind) {
      case 'malformed':
        return parsed
      case 'refused': {
        const { uid, message } = parsed
        const decisionId = randomUUID()
        const durationMs = observe(undefined, 'refused', context.startMs)
        logger.warn('review refused', { decisionId, uid, message, durationMs })
        const bundleDigest = engine.bundle.digest
        const answer = toRefusal(uid, 400, message, { bundleDigest, decisionId })
        return { kind: 'answered', answer, about: { uid, decisionId, allowed: false } }
      }
      case 'review': {
        const { review } = parsed
        const { namespace } = review.request
        const until = namespace === '' ? undefined : deps.namespaces.prepare(namespace)
        const resume = (): Answered => answerReview(review, context)
        return until === undefined ? resume() : { kind: 'waiting', until, resume }
      }
    }
  }
}

/** Heeds the deadline and the circuits, and measures. */
function watchReview(
  deps: ReviewDeps,
  request: AdmissionRequest,
  deadlineMs: number,
  trace: ReviewTrace | undefined,
): Watch {
  const { clock, circuits, metrics } = deps
  const { namespace } = request
  let beganMs: number | undefined
  return {
    before: (binding) => {
      const nowMs = clock.elapsedMs()
      const error =
        nowMs >= deadlineMs ? describeDeadline(binding) : circuits.check(binding, namespace)
      beganMs = error === undefined ? nowMs : undefined
      return error
    },
    after: (outcome) => {
      circuits.record(outcome, namespace)
      if (beganMs === undefined) metrics.observeOutcome(outcome, undefined)
      else {
        const endMs = clock.elapsedMs()
        metrics.observeOutcome(outcome, endMs - beganMs)
        trace?.evaluated(outcome, beganMs, endMs)
      }
      beganMs = undefined
    },
  }
}

function describeDeadline({ name, policy }: Binding): EvaluationError {
  return {
    code: 'deadline-exceeded',
    message: `policy \`${policy.name}\` (binding \`${name}\`) was not evaluated: the time for the review was over`,
  }
}

function isBuiltIn({ group, version, kind }: GroupVersionKind): boolean {
  return resourceOf(group === '' ? version : `${group}/${version}`, kind).known
}

/** `apps/deployments`, `pods/resize`: as policies name what they understand. */
function resourceName({ resource, subResource }: AdmissionRequest): string {
  const parts = [resource.group, resource.resource, subResource]
  return parts.filter((part) => part !== '').join('/')
}

function describeRequest(request: AdmissionRequest) {
  return {
    uid: request.uid,
    operation: request.operation,
    resource: resourceName(request),
    namespace: request.namespace,
    name: request.name,
    user: request.userInfo.username,
    dryRun: request.dryRun,
  }
}

function describeDecision(decision: Decision): Record<string, unknown> {
  const by = (action: string): string[] | undefined => {
    const names = new Set<string>()
    for (const finding of decision.findings) {
      if (finding.action === action) names.add(finding.binding.name)
    }
    return names.size === 0 ? undefined : [...names]
  }
  const exceptions = new Set(decision.excepted.map(({ exception }) => exception.name))
  const failures = decision.failures.map(({ binding, error }) => ({
    binding: binding.name,
    code: error.code,
    message: error.message,
  }))
  return {
    allowed: decision.allowed,
    evaluated: decision.evaluated,
    deniedBy: by('Deny'),
    warnedBy: by('Warn'),
    auditedBy: by('Audit'),
    exceptedBy: exceptions.size === 0 ? undefined : [...exceptions],
    failures: failures.length === 0 ? undefined : failures,
  }
}
