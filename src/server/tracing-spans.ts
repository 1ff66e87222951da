// OpenTelemetry's SDK, put together by hand: no provider for the whole process, nothing instrumented behind our back.
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  type HrTime,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Clock } from '../host/clock.ts'
import type { Outcome } from '../policy/outcome.ts'
import { REVIEW_PATH } from './review-path.ts'
import type { ReviewTrace, Tracing, TracingDeps } from './tracing.ts'
import { hearComplaints } from './tracing-complaints.ts'
import { createTracingExporter } from './tracing-exporter.ts'
import type { SamplerSettings, TracingSettings } from './tracing-settings.ts'

const FLUSH_MS = 2_000
/** A uid or a namespace may be as long as its sender likes. */
const MAX_VALUE_LENGTH = 1_024

const UNSAMPLED: ReviewTrace = { evaluated: () => {}, end: () => {} }

/** @throws TracingError for a file that cannot be read, or is not what it should be. */
export async function createTracing(
  settings: TracingSettings,
  deps: TracingDeps,
): Promise<Tracing> {
  const { clock, version } = deps
  const { exporter, cut } = await createTracingExporter(settings.exporter, deps)
  const complain = hearComplaints(deps)
  const { maxQueued, maxBatch, delayMs } = settings.batch
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(settings.resource)),
    sampler: createSampler(settings.sampler),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: maxQueued,
        maxExportBatchSize: maxBatch,
        scheduledDelayMillis: delayMs,
      }),
    ],
  })
  const tracer = provider.getTracer('portcullis', version)
  const propagator = new W3CTraceContextPropagator()

  return {
    begin: (headers: IncomingHttpHeaders) => {
      const toTime = anchor(clock)
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
      const options = { kind: SpanKind.SERVER, startTime: toTime(clock.elapsedMs()) }
      const span = tracer.startSpan(`POST ${REVIEW_PATH}`, options, parent)
      return span.isRecording() ? createReviewTrace(tracer, span, toTime, clock) : UNSAMPLED
    },
    shutdown: async () => {
      const flushed = provider.shutdown().catch(complain)
      await Promise.race([flushed, setTimeout(FLUSH_MS, undefined, { ref: false })])
      cut()
    },
  }
}

type ToTime = (elapsedMs: number) => HrTime

function createReviewTrace(tracer: Tracer, span: Span, toTime: ToTime, clock: Clock): ReviewTrace {
  const context: Context = trace.setSpan(ROOT_CONTEXT, span)
  span.setAttributes({
    'http.request.method': 'POST',
    'http.route': REVIEW_PATH,
    'url.path': REVIEW_PATH,
    'url.scheme': 'https',
  })
  return {
    evaluated: (outcome, startMs, endMs) => {
      if (outcome.kind === 'skipped') return
      const child = tracer.startSpan(
        `evaluate ${outcome.binding.name}`,
        { startTime: toTime(startMs), attributes: describeOutcome(outcome) },
        context,
      )
      if (outcome.kind === 'failed') child.setStatus({ code: SpanStatusCode.ERROR })
      child.end(toTime(endMs))
    },
    end: (result) => {
      span.setAttributes({
        'http.response.status_code': result.statusCode,
        'portcullis.review.uid': result.uid,
        'portcullis.review.operation': result.operation,
        'portcullis.review.resource': result.resource,
        'portcullis.review.namespace': result.namespace,
        'portcullis.decision.id': result.decisionId,
        'portcullis.decision.allowed': result.allowed,
      })
      if (result.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(toTime(clock.elapsedMs()))
    },
  }
}

function describeOutcome(outcome: Exclude<Outcome, { readonly kind: 'skipped' }>): Attributes {
  const { binding, fuelUsed } = outcome
  const about = {
    'portcullis.binding': binding.name,
    'portcullis.policy': binding.policy.name,
    'portcullis.fuel_used': fuelUsed,
  }
  if (outcome.kind === 'failed') {
    return { ...about, 'portcullis.outcome': 'failed', 'error.type': outcome.error.code }
  }
  const { length } = outcome.violations
  return { ...about, 'portcullis.outcome': length === 0 ? 'clean' : 'violated' }
}

/** Durations by the clock that never goes back; where they lie in the day, by the one that the others have, read once a review. */
function anchor(clock: Clock): ToTime {
  const offsetMs = clock.now().getTime() - clock.elapsedMs()
  return (elapsedMs) => {
    const micros = Math.round((offsetMs + elapsedMs) * 1_000)
    return [Math.floor(micros / 1_000_000), (micros % 1_000_000) * 1_000]
  }
}

function createSampler({ root, heedsParent, ratio }: SamplerSettings): Sampler {
  const sampler = createRootSampler(root, ratio)
  return heedsParent ? new ParentBasedSampler({ root: sampler }) : sampler
}

function createRootSampler(root: SamplerSettings['root'], ratio: number): Sampler {
  switch (root) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio)
  }
}
