// Two listeners and their life: the webhook over HTTPS, and the operators' over plain HTTP, which outlives it.
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { NamespaceSource } from '../cluster/namespace-source.ts'
import type { Clock } from '../host/clock.ts'
import type { LogLevelControl } from '../host/log-level.ts'
import type { Logger } from '../host/logger.ts'
import type { Engine } from '../policy/engine.ts'
import { type CircuitOptions, createCircuits, DEFAULT_CIRCUIT } from './circuits.ts'
import { createApp } from './create-app.ts'
import { createOperatorApp } from './create-operator-app.ts'
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts'
import {
  closeListener,
  countConnections,
  createOperatorListener,
  createWebhookListener,
  type Fetch,
  type ListenAddress,
  listen,
  replaceTls,
  type TlsFiles,
} from './listener.ts'
import { createMetrics } from './metrics.ts'
import type { Profiles } from './profiles.ts'
import { createReadiness } from './readiness.ts'
import { createReviewQueue } from './review-queue.ts'
import { createServingTls } from './serving-tls.ts'
import type { TlsSource } from './tls-source.ts'
import type { Tracing } from './tracing.ts'

export interface ServerConfig {
  readonly listen: ListenAddress
  readonly operatorListen: ListenAddress
  readonly tls: TlsFiles
  /** For each of these the certificate has to be valid. */
  readonly serverNames?: readonly string[]
  /** How long the webhook goes on serving after `/readyz` says no: endpoints are removed with a delay. */
  readonly drainMs: number
  readonly limits?: Partial<ServerLimits>
  readonly circuit?: Partial<CircuitOptions>
  /** CPU and heap profiles on the operators' listener; off unless asked for. */
  readonly profiling?: boolean
}

export interface ServerDeps {
  readonly engine: Engine
  readonly namespaces: NamespaceSource
  readonly clock: Clock
  readonly logger: Logger
  /** The logger's level, for operators to change. */
  readonly logLevel?: LogLevelControl
  /** The package's. */
  readonly version: string
  /** Where other certificates come from while it runs. */
  readonly tlsSource?: TlsSource
  /** Why clients cannot trust what serves yet; undefined when they can. */
  readonly tlsFault?: () => string | undefined
  /** Absent while traces are off. */
  readonly tracing?: Tracing
}

export interface RunningServer {
  readonly addresses: { readonly webhook: AddressInfo; readonly operator: AddressInfo }
  /** Not ready at once, serves on for the drain time, finishes what is in flight, then closes. */
  readonly drain: () => Promise<void>
  /** Ends everything at once. */
  readonly close: () => Promise<void>
}

/**
 * Listens on both addresses.
 *
 * @throws CertError for a certificate that cannot serve, ServerError where Node refuses it or an address is not to be had.
 */
export async function startServer(config: ServerConfig, deps: ServerDeps): Promise<RunningServer> {
  const limits = { ...DEFAULT_LIMITS, ...config.limits }
  const { clock, logger, engine, version } = deps
  const { elapsedMs } = clock
  const { bundle } = engine
  const serving = createServingTls({
    tls: config.tls,
    serverNames: config.serverNames ?? [],
    now: clock.now,
    replace: (tls) => replaceTls(webhook, tls),
    count: (outcome) => metrics.countReload(outcome),
    logger,
  })
  const { certificate } = serving
  const bundleFaults = findBundleFaults(engine)
  for (const fault of bundleFaults) logger.error('not ready', { reason: fault })
  const readiness = createReadiness({
    bundleFaults,
    certificate,
    tlsFault: deps.tlsFault ?? (() => undefined),
    namespacesFault: deps.namespaces.fault,
    now: clock.now,
  })
  const queue = createReviewQueue({ maxQueued: limits.maxQueued, elapsedMs })
  const circuits = createCircuits({
    options: { ...DEFAULT_CIRCUIT, ...config.circuit },
    elapsedMs,
    onChange: ({ binding, namespace, state }) =>
      logger.warn(`circuit ${state}`, { binding: binding.name, namespace: namespace ?? 'all' }),
  })
  const metrics = createMetrics({
    bundle,
    version,
    certificate,
    isTlsCurrent: serving.isCurrent,
    isReady: () => readiness.reasons().length === 0,
    queued: queue.length,
    connections: () => countConnections(webhook),
    openCircuits: circuits.countOpen,
    namespaces: deps.namespaces.watched,
  })

  const app = createApp({ ...deps, metrics, circuits, queue, limits })
  const answer: Fetch = async (request, bindings) => {
    const response = await app.fetch(request, bindings)
    // Asked when the answer goes out, not when the request came: while stopping, every client is told to go elsewhere.
    if (readiness.isDraining()) bindings.outgoing.setHeader('connection', 'close')
    return response
  }
  const webhook = createWebhookListener(answer, config.tls, limits, metrics.countHandshakeFailure)
  const profiles = config.profiling === true ? await loadProfiles(clock) : undefined
  const operatorApp = createOperatorApp({ ...deps, readiness, metrics, profiles })
  const operator = createOperatorListener(operatorApp.fetch, limits)

  let operatorAddress: AddressInfo
  let webhookAddress: AddressInfo
  try {
    operatorAddress = await listen(operator, config.operatorListen)
    webhookAddress = await listen(webhook, config.listen)
  } catch (error) {
    await closeListener(operator, 0)
    await profiles?.stop()
    throw error
  }

  const stopSource = (await deps.tlsSource?.(serving.sink)) ?? (() => {})
  const stopped = new AbortController()
  return {
    addresses: { webhook: webhookAddress, operator: operatorAddress },
    drain: async () => {
      readiness.startDrain()
      logger.info('draining', { drainMs: config.drainMs })
      await pause(config.drainMs, stopped.signal)
      stopSource()
      await closeListener(webhook, limits.requestTimeoutMs)
      await closeListener(operator, 0)
      await profiles?.stop()
      logger.info('stopped')
    },
    close: async () => {
      readiness.startDrain()
      stopped.abort()
      stopSource()
      await Promise.all([closeListener(webhook, 0), closeListener(operator, 0)])
      await profiles?.stop()
    },
  }
}

/** Not loaded unless it is on. */
async function loadProfiles(clock: Clock): Promise<Profiles> {
  const { startProfiles } = await import('./profiles.ts')
  return startProfiles(clock)
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

function findBundleFaults(engine: Engine): string[] {
  return engine.selfTest().flatMap((outcome) => {
    if (outcome.kind !== 'failed') return []
    const { binding, error } = outcome
    return [`binding ${binding.name} fails its self-test: ${error.message} (${error.code})`]
  })
}
