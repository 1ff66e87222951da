import { parseDuration } from '../builtins/duration.ts'

/**
 * How long a review may take, in milliseconds: our own limit, or less where the API server waits less. It sends what it has
 * left as `?timeout=`, a Go duration rounded up to whole seconds, so up to one of them may be gone; of a single one a
 * quarter is taken. What is no duration is not heeded.
 *
 * Source: k8s.io/apiserver/pkg/admission/plugin/webhook/validating/dispatcher.go
 */
export function reviewDeadlineMs(timeout: string | undefined, ownMs: number): number {
  const givenNs = timeout === undefined ? undefined : parseDuration(timeout)
  if (givenNs === undefined || givenNs <= 0n) return ownMs
  const givenMs = Number(givenNs / 1_000_000n)
  return Math.min(ownMs, Math.max(givenMs - 1_000, givenMs / 4))
}
