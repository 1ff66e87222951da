// Named by Prometheus' conventions. A registry of its own for each server, so that two in one process do not share counts.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Binding, Bundle } from '../bundle/bundle.ts'
import type { CertificateInfo } from '../certs/inspect-pair.ts'
import type { WatchedNamespaces } from '../cluster/namespace-source.ts'
import type { Outcome } from '../policy/outcome.ts'

export type ReviewOutcome = 'allowed' | 'denied' | 'refused' | 'failed'
/** The queue is full, there is no memory for more bodies, or the time was over before the turn came. */
export type ShedReason = 'queue' | 'memory' | 'deadline'

export interface ObservedReview {
  readonly operation: string
  /** Of a bounded set, as each is a time series: the caller sees to it. */
  readonly kind: string
  readonly resource: string
  readonly outcome: ReviewOutcome
  readonly durationMs: number
}

export interface Metrics {
  readonly observeReview: (review: ObservedReview) => void
  /** An outcome that is not `skipped`; without a duration where the binding was not evaluated. */
  readonly observeOutcome: (outcome: Outcome, durationMs: number | undefined) => void
  readonly countShed: (reason: ShedReason) => void
  /** An answer with an HTTP error: the request never became a review. */
  readonly countHttpError: (code: number) => void
  readonly countHandshakeFailure: (reason: 'handshake' | 'client-name') => void
  readonly countReload: (outcome: 'loaded' | 'refused') => void
  readonly contentType: string
  readonly render: () => Promise<string>
}

/** What is asked for when somebody scrapes. */
export interface MetricSources {
  readonly bundle: Bundle
  readonly version: string
  readonly certificate: () => CertificateInfo
  readonly isTlsCurrent: () => boolean
  readonly isReady: () => boolean
  readonly queued: () => number
  readonly connections: () => number
  readonly openCircuits: (binding: Binding) => number
  readonly namespaces: WatchedNamespaces | undefined
}

const SECONDS = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  2.5, 5,
]
// A binding that uses up its budget takes about 0.1 s.
const EVALUATION_SECONDS = SECONDS.filter((bound) => bound <= 0.5)

export function createMetrics(sources: MetricSources): Metrics {
  const { bundle } = sources
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  registerState(sources, registers)

  const reviews = new Histogram({
    name: 'portcullis_admission_review_duration_seconds',
    help: 'Time from the last byte of a review to its answer, waiting included, by what was asked and how it ended.',
    labelNames: ['operation', 'kind', 'resource', 'outcome'] as const,
    buckets: SECONDS,
    registers,
  })
  const evaluations = new Histogram({
    name: 'portcullis_binding_evaluation_duration_seconds',
    help: 'Time a binding took on a review, by how it ended: clean, violated or failed.',
    labelNames: ['binding', 'outcome'] as const,
    buckets: EVALUATION_SECONDS,
    registers,
  })
  const violations = new Counter({
    name: 'portcullis_binding_violations_total',
    help: 'Violations found by a binding.',
    labelNames: ['binding'] as const,
    registers,
  })
  const errors = new Counter({
    name: 'portcullis_binding_errors_total',
    help: 'Reviews that a binding matched and did not judge, by the code of the error.',
    labelNames: ['binding', 'code'] as const,
    registers,
  })
  const exceptions = new Counter({
    name: 'portcullis_exception_uses_total',
    help: 'Reviews in which an exception let violations of its binding pass.',
    labelNames: ['exception'] as const,
    registers,
  })
  // Summed up here until somebody scrapes: there are fifty bindings a review, and counters are slow.
  const fuelUsed = new Map<string, number>()
  const fuel = new Counter({
    name: 'portcullis_binding_fuel_used_total',
    help: 'Fuel that a binding used: loop heads and function entries passed.',
    labelNames: ['binding'] as const,
    registers,
    collect: () => {
      for (const [binding, steps] of fuelUsed) fuel.inc({ binding }, steps)
      fuelUsed.clear()
    },
  })
  const shed = new Counter({
    name: 'portcullis_reviews_shed_total',
    help: 'Reviews answered with 503 so that the API server asks another replica, by what there was too little of.',
    labelNames: ['reason'] as const,
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
    help: 'Connections that did not get through TLS: the handshake failed, or the client has none of the allowed names.',
    labelNames: ['reason'] as const,
    registers,
  })
  const reloads = new Counter({
    name: 'portcullis_certificate_reloads_total',
    help: 'Certificates, keys and client CAs that came while the server ran: taken over, or refused.',
    labelNames: ['outcome'] as const,
    registers,
  })

  // Present from the start: an alert on a series that is not there yet never fires.
  for (const reason of ['queue', 'memory', 'deadline'] as const) shed.inc({ reason }, 0)
  for (const reason of ['handshake', 'client-name'] as const) handshakes.inc({ reason }, 0)
  for (const outcome of ['loaded', 'refused'] as const) reloads.inc({ outcome }, 0)
  for (const { name: exception } of bundle.exceptions) exceptions.inc({ exception }, 0)
  for (const { name: binding } of bundle.bindings) {
    violations.inc({ binding }, 0)
    fuel.inc({ binding }, 0)
  }

  return {
    observeReview: ({ operation, kind, resource, outcome, durationMs }) => {
      reviews.observe({ operation, kind, resource, outcome }, durationMs / 1_000)
    },
    observeOutcome: (outcome, durationMs) => {
      if (outcome.kind === 'skipped') return
      const binding = outcome.binding.name
      const ended = endOf(outcome)
      if (durationMs !== undefined) {
        evaluations.observe({ binding, outcome: ended }, durationMs / 1_000)
        fuelUsed.set(binding, (fuelUsed.get(binding) ?? 0) + outcome.fuelUsed)
      }
      if (outcome.kind === 'failed') {
        errors.inc({ binding, code: outcome.error.code })
        return
      }
      const { exception } = outcome
      if (exception !== undefined) exceptions.inc({ exception: exception.name })
      if (ended === 'violated') violations.inc({ binding }, outcome.violations.length)
    },
    countShed: (reason) => shed.inc({ reason }),
    countHttpError: (code) => httpErrors.inc({ code: String(code) }),
    countHandshakeFailure: (reason) => handshakes.inc({ reason }),
    countReload: (outcome) => reloads.inc({ outcome }),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  }
}

function endOf(outcome: Exclude<Outcome, { kind: 'skipped' }>): 'clean' | 'violated' | 'failed' {
  if (outcome.kind === 'failed') return 'failed'
  return outcome.violations.length === 0 ? 'clean' : 'violated'
}

function registerState(sources: MetricSources, registers: Registry[]): void {
  const { bundle, version } = sources
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(read()) })
  }
  gauge('portcullis_ready', '1 while /readyz says yes, else 0.', () => (sources.isReady() ? 1 : 0))
  gauge(
    'portcullis_reviews_queued',
    'Reviews that are read and wait for their turn.',
    sources.queued,
  )
  gauge(
    'portcullis_webhook_connections',
    'Connections to the webhook listener, those in their handshake included.',
    sources.connections,
  )
  if (sources.namespaces !== undefined) {
    gauge(
      'portcullis_namespaces_watched',
      'Namespaces that are known from the API server; absent where none are watched.',
      sources.namespaces.count,
    )
    gauge(
      'portcullis_namespaces_age_seconds',
      'Time since the API server last told of Namespaces, which it does every minute; absent where none are watched.',
      sources.namespaces.ageSeconds,
    )
  }
  gauge(
    'portcullis_certificate_not_after_timestamp_seconds',
    'When the serving certificate expires, in seconds since 1970.',
    () => sources.certificate().notAfter.getTime() / 1_000,
  )
  gauge(
    'portcullis_certificate_last_reload_successful',
    '1, or 0 while what came last is refused or cannot be read, and the last good certificate serves on.',
    () => (sources.isTlsCurrent() ? 1 : 0),
  )
  const circuits: Gauge<'binding'> = new Gauge({
    name: 'portcullis_binding_circuits_open',
    help: 'Circuits of a binding that are open: one a namespace, and one for all of them.',
    labelNames: ['binding'] as const,
    registers,
    collect: () => {
      for (const each of bundle.bindings) {
        circuits.set({ binding: each.name }, sources.openCircuits(each))
      }
    },
  })
  new Gauge({
    name: 'portcullis_bundle_info',
    help: 'The bundle in use; always 1.',
    labelNames: ['name', 'revision', 'digest'] as const,
    registers,
  }).set({ name: bundle.name, revision: bundle.revision, digest: bundle.digest }, 1)
  new Gauge({
    name: 'portcullis_build_info',
    help: 'The version that runs; always 1.',
    labelNames: ['version'] as const,
    registers,
  }).set({ version }, 1)
}
