// Traces by OpenTelemetry. Where they are off, and they are by default, nothing of it is loaded.
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../host/clock.ts'
import type { FileSystem } from '../host/files.ts'
import type { Logger } from '../host/logger.ts'
import type { Outcome } from '../policy/outcome.ts'
import { readTracingSettings } from './tracing-settings.ts'

export interface Tracing {
  /** Starts the span of a review, a child of what the caller's `traceparent` names. */
  readonly begin: (headers: IncomingHttpHeaders) => ReviewTrace
  /** Sends what is left, for two seconds at most. Never rejects. */
  readonly shutdown: () => Promise<void>
}

/** One review's span. Costs next to nothing where the trace is not sampled. */
export interface ReviewTrace {
  /** Adds the span of a binding's evaluation; times are the clock's elapsed milliseconds. */
  readonly evaluated: (outcome: Outcome, startMs: number, endMs: number) => void
  /** Once, and last. */
  readonly end: (result: ReviewResult) => void
}

/** What a span says of a review: nothing of its objects. */
export interface ReviewResult {
  /** Of HTTP. */
  readonly statusCode: number
  readonly uid?: string | undefined
  readonly operation?: string | undefined
  /** As policies name it: `apps/deployments`. */
  readonly resource?: string | undefined
  readonly namespace?: string | undefined
  readonly decisionId?: string | undefined
  readonly allowed?: boolean | undefined
}

export interface TracingDeps {
  /** The package's. */
  readonly version: string
  readonly clock: Clock
  readonly logger: Logger
  readonly files: FileSystem
}

/**
 * Starts tracing where OpenTelemetry's environment variables ask for it.
 *
 * @throws TracingError for a variable that is not understood or names a file that cannot be read.
 */
export async function startTracing(
  environment: Readonly<Record<string, string | undefined>>,
  deps: TracingDeps,
): Promise<Tracing | undefined> {
  const settings = readTracingSettings(environment, deps.version)
  if (settings === undefined) return undefined
  const { createTracing } = await import('./tracing-spans.ts')
  return createTracing(settings, deps)
}
