// Named by Prometheus' conventions. A registry of its own for each server, so that two in one process do not share counts.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Bundle } from '../bundle/bundle.ts'
import type { CertificateInfo } from '../certs/inspect-pair.ts'
import type { Outcome } from '../policy/outcome.ts'

export type RequestOutcome = 'allowed' | 'denied' | 'refused' | 'failed'

export interface Metrics {
  readonly observeReview: (review: {
    readonly operation: string
    readonly resource: string
    readonly outcome: RequestOutcome
    readonly durationMs: number
  }) => void
  readonly observeOutcomes: (outcomes: readonly Outcome[]) => void
  /** An answer with an HTTP error: the request never became a review. */
  readonly countHttpError: (code: number) => void
  readonly countHandshakeFailure: () => void
  readonly contentType: string
  readonly render: () => Promise<string>
}

const SECONDS = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  2.5, 5,
]

export function createMetrics(bundle: Bundle, certificate: CertificateInfo): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const reviews = new Histogram({
    name: 'portcullis_admission_review_duration_seconds',
    help: 'Time from the last byte of a review to its answer, by what was asked and how it ended.',
    labelNames: ['operation', 'resource', 'outcome'] as const,
    buckets: SECONDS,
    registers,
  })
  const bindings = new Counter({
    name: 'portcullis_binding_evaluations_total',
    help: 'Evaluations of a binding: clean, violated or failed.',
    labelNames: ['binding', 'outcome'] as const,
    registers,
  })
  const violations = new Counter({
    name: 'portcullis_binding_violations_total',
    help: 'Violations found by a binding.',
    labelNames: ['binding'] as const,
    registers,
  })
  const fuel = new Counter({
    name: 'portcullis_binding_fuel_used_total',
    help: 'Fuel that a binding used: loop heads and function entries passed.',
    labelNames: ['binding'] as const,
    registers,
  })
  const httpErrors = new Counter({
    name: 'portcullis_http_errors_total',
    help: 'Requests on the webhook listener answered with an HTTP error, by code.',
    labelNames: ['code'] as const,
    registers,
  })
  const handshakes = new Counter({
    name: 'portcullis_tls_handshake_failures_total',
    help: 'TLS handshakes that failed.',
    registers,
  })
  new Gauge({
    name: 'portcullis_bundle_info',
    help: 'The bundle in use; always 1.',
    labelNames: ['name', 'revision', 'digest'] as const,
    registers,
  }).set({ name: bundle.name, revision: bundle.revision, digest: bundle.digest }, 1)
  new Gauge({
    name: 'portcullis_certificate_not_after_timestamp_seconds',
    help: 'When the serving certificate expires, in seconds since 1970.',
    registers,
  }).set(certificate.notAfter.getTime() / 1_000)

  return {
    observeReview: ({ operation, resource, outcome, durationMs }) => {
      reviews.observe({ operation, resource, outcome }, durationMs / 1_000)
    },
    observeOutcomes: (outcomes) => {
      for (const outcome of outcomes) {
        if (outcome.kind === 'skipped') continue
        const binding = outcome.binding.name
        fuel.inc({ binding }, outcome.fuelUsed)
        if (outcome.kind === 'failed') bindings.inc({ binding, outcome: 'failed' })
        else {
          const count = outcome.violations.length
          bindings.inc({ binding, outcome: count === 0 ? 'clean' : 'violated' })
          if (count > 0) violations.inc({ binding }, count)
        }
      }
    },
    countHttpError: (code) => httpErrors.inc({ code: String(code) }),
    countHandshakeFailure: () => handshakes.inc(),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  }
}
