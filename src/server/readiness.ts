import { assertValidAt, type CertificateInfo } from '../certs/inspect-pair.ts'
import { CertError } from '../certs/cert-error.ts'

export interface Readiness {
  /** Why no traffic should come, in readable lines; empty when ready. */
  readonly reasons: () => readonly string[]
  /** From now on never ready again. */
  readonly startDrain: () => void
  readonly isDraining: () => boolean
}

/** Ready while the bundle passed its self-test, the certificate is valid at this moment, API servers trust it, Namespaces are known and no stop is under way. */
export function createReadiness(parts: {
  readonly bundleFaults: readonly string[]
  /** The one that serves. */
  readonly certificate: () => CertificateInfo
  readonly tlsFault: () => string | undefined
  readonly namespacesFault: () => string | undefined
  readonly now: () => Date
}): Readiness {
  let draining = false
  return {
    reasons: () => [
      ...(draining ? ['stopping'] : []),
      ...parts.bundleFaults,
      ...certificateFaults(parts.certificate(), parts.now()),
      ...[parts.tlsFault(), parts.namespacesFault()].filter((fault) => fault !== undefined),
    ],
    startDrain: () => {
      draining = true
    },
    isDraining: () => draining,
  }
}

function certificateFaults(certificate: CertificateInfo, now: Date): string[] {
  try {
    assertValidAt(certificate, now)
    return []
  } catch (error) {
    if (error instanceof CertError) return [error.message]
    throw error
  }
}
