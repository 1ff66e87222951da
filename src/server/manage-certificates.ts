// `serve --manage-certs`: every replica looks after the same CA and serving certificate, without a leader. Each plans the next step
// from what is stored and published, whoever writes first wins, and the others take up what is there then.
import { setTimeout } from 'node:timers/promises'
import { CertError } from '../certs/cert-error.ts'
import { assertValidAt, describeCertificate } from '../certs/inspect-pair.ts'
import type { KeyPair } from '../certs/issue.ts'
import { parseCertificate, parseCertificates } from '../certs/pem.ts'
import {
  bundleOf,
  isIssuedBy,
  planRotation,
  type PublishedBundle,
  type RotationPolicy,
  type RotationState,
  type RotationStep,
} from '../certs/rotation.ts'
import { takeRotationStep } from '../certs/take-rotation-step.ts'
import { createBackoff } from '../cluster/backoff.ts'
import { ClusterError } from '../cluster/cluster-error.ts'
import { watchForChanges } from '../cluster/watch-for-changes.ts'
import type { Cluster } from '../cluster/open-cluster.ts'
import { AppError } from '../errors.ts'
import type { Clock } from '../host/clock.ts'
import type { Logger } from '../host/logger.ts'
import {
  certificateStore,
  type CertificateNames,
  type PublishedTrust,
} from './certificate-store.ts'
import type { TlsSink, TlsSource } from './tls-source.ts'

export interface ManagedCertificates {
  /** The pair to serve first. @throws CertError `certificate-missing` where there is none in that time */
  readonly first: (timeoutMs: number) => Promise<KeyPair>
  readonly source: TlsSource
  /** Why reviews should not come yet; undefined once API servers have been told to trust what serves. */
  readonly fault: () => string | undefined
  readonly stop: () => Promise<void>
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

export const MANAGED_LIFETIMES: Omit<RotationPolicy, 'hosts'> = {
  caLifetimeMs: 365 * DAY_MS,
  leafLifetimeMs: 90 * DAY_MS,
  settleMs: 10 * MINUTE_MS,
}

/** How long CAs are trusted on that were published before there was a Secret: other replicas may still serve by them. */
const ADOPTED_MS = 60 * MINUTE_MS
/** At least as often everything is looked at: events get lost, and timers stop while a machine sleeps. */
const POLL_MS = MINUTE_MS
/** Between two looks, so that a fight over an object with somebody else does not keep the API server busy. */
const REST_MS = 500
/** At a look; what is left is for the next one. A CA in its last minutes would be asked for one pair after the other. */
const MAX_STEPS = 8
const CA_NAME = 'portcullis CA'

export function manageCertificates(
  cluster: Cluster,
  options: {
    readonly names: CertificateNames
    /** For which the certificate is, besides the Service's. */
    readonly hosts?: readonly string[]
    readonly lifetimes?: Omit<RotationPolicy, 'hosts'>
    readonly clock: Clock
    readonly logger: Logger
  },
): ManagedCertificates {
  const { names, hosts = [], clock, logger } = options
  const policy: RotationPolicy = {
    ...(options.lifetimes ?? MANAGED_LIFETIMES),
    hosts: [...new Set([`${names.service}.${names.namespace}.svc`, ...hosts])],
  }
  const store = certificateStore(cluster, names)
  const stopped = new AbortController()
  const { signal } = stopped
  const backoff = createBackoff(signal)
  let resting = new AbortController()
  const wake = (): void => resting.abort()

  let published: PublishedBundle | undefined
  let serving: KeyPair | undefined
  let wasTrusted = false
  let complaint: string | undefined
  const sinks = new Set<TlsSink>()
  let resolveFirst: (pair: KeyPair) => void = () => {}
  const first = new Promise<KeyPair>((resolve) => (resolveFirst = resolve))

  const plan = (state: RotationState): RotationStep =>
    planRotation({ state, published, now: clock.now(), policy })

  const note = (trust: PublishedTrust | undefined): void => {
    if (trust === undefined) published = undefined
    else if (trust.certificates !== published?.certificates) {
      published = { certificates: trust.certificates, since: clock.now() }
    }
  }
  /** Where there is no configuration nobody calls, and nobody can refuse. */
  const isTrusted = (pair: KeyPair): boolean =>
    published === undefined ||
    certificatesOf(published.certificates).some((ca) => isIssuedBy(pair, { certificate: ca }))
  const isSettled = (): boolean =>
    published === undefined || published.since.getTime() + policy.settleMs <= clock.now().getTime()

  const serve = (next: KeyPair | undefined): void => {
    if (next === undefined) return
    const isGood = serving !== undefined && isValid(serving, clock.now()) && isTrusted(serving)
    // Not every API server may trust the other one yet.
    if (!isGood || (isSettled() && isTrusted(next))) {
      serving = next
      resolveFirst(next)
      for (const sink of sinks) sink.offer(next)
    }
    if (serving !== undefined && isTrusted(serving)) wasTrusted = true
  }

  /** Returns when there is something to do next. */
  const lookAfter = async (): Promise<Date> => {
    const stored = await store.read(signal)
    const trust = await store.readTrust(signal)
    note(trust)
    let state = stored.state ?? { cas: adopt(published?.certificates) }
    const steps: string[] = []
    let step = plan(state)
    while (step.kind !== 'publish' && step.kind !== 'wait' && steps.length < MAX_STEPS) {
      steps.push(step.kind)
      state = await takeRotationStep({ state, step, now: clock.now(), policy, caName: CA_NAME })
      step = plan(state)
    }
    if (steps.length > 0) {
      if (stored.secret !== undefined && stored.state === undefined) {
        logger.warn('the Secret holds no certificates, they are made anew', { name: names.secret })
      }
      // Before anything of it serves: what one replica serves all can have.
      await store.write(stored, state)
      logger.info('certificates renewed', { steps })
    }
    serve(state.leaf)
    if (step.kind === 'wait') return step.until
    const certificates = bundleOf(state)
    if (trust !== undefined && trust.certificates !== certificates) {
      note(await store.publish(trust, certificates))
      logger.info('caBundle published', { certificates: state.cas.length })
      serve(state.leaf)
    }
    return new Date(clock.now().getTime() + POLL_MS)
  }
  const adopt = (certificates: string | undefined): RotationState['cas'] => {
    const servesUntil = new Date(clock.now().getTime() + ADOPTED_MS)
    return certificatesOf(certificates).map((certificate) => ({ certificate, servesUntil }))
  }

  const rest = (delayMs: number): Promise<void> => {
    const either = AbortSignal.any([signal, resting.signal])
    return setTimeout(delayMs, undefined, { signal: either }).catch(() => undefined)
  }
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      resting = new AbortController()
      try {
        const until = await lookAfter()
        backoff.reset()
        if (complaint !== undefined) logger.info('certificates are looked after again')
        complaint = undefined
        await setTimeout(REST_MS, undefined, { signal }).catch(() => undefined)
        await rest(Math.max(0, Math.min(until.getTime() - clock.now().getTime(), POLL_MS)))
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof AppError)) throw error
        // Somebody else was quicker, which is no trouble: what they wrote is looked at next.
        if (!(error instanceof ClusterError && error.status === 409)) complain(error.message)
        await backoff.wait()
      }
    }
  }
  const complain = (reason: string): void => {
    if (reason === complaint) return
    complaint = reason
    logger.warn('certificates are not looked after', { reason })
  }

  const unwatch = store.watched.map((object) =>
    watchForChanges(cluster, object, { clock, logger, onChange: wake }),
  )
  const running = run()
  return {
    first: async (timeoutMs) => {
      const waiting = new AbortController()
      const late = setTimeout(timeoutMs, undefined, { signal: waiting.signal }).then(() => {
        const message = `no certificate in ${timeoutMs / 1_000} s: ${complaint ?? 'no answer yet'}`
        throw new CertError('certificate-missing', message)
      })
      try {
        return await Promise.race([first, late])
      } finally {
        waiting.abort()
      }
    },
    source: async (sink) => {
      sinks.add(sink)
      if (serving !== undefined) sink.offer(serving)
      return () => sinks.delete(sink)
    },
    fault: () =>
      wasTrusted ? undefined : 'the webhook configuration does not trust the certificate yet',
    stop: async () => {
      stopped.abort()
      await Promise.all([running, ...unwatch.map((each) => each())])
    },
  }
}

/** None of what is no PEM. */
function certificatesOf(pem: string | undefined): readonly string[] {
  try {
    return parseCertificates(pem ?? '').map((each) => each.toString())
  } catch (error) {
    if (error instanceof CertError) return []
    throw error
  }
}

function isValid({ certificate }: KeyPair, now: Date): boolean {
  try {
    assertValidAt(describeCertificate(parseCertificate(certificate)), now)
    return true
  } catch (error) {
    if (error instanceof CertError) return false
    throw error
  }
}
