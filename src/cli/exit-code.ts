import { CertError } from '../certs/cert-error.ts'
import type { AppError } from '../errors.ts'
import { ServerError } from '../server/server-error.ts'

/** What the commands end with; docs/cli.md lists them. From 4 on they tell an operator of `serve` where to look. */
export const EXIT = {
  /** Done, and nothing is denied. */
  clean: 0,
  /** Done, and something is denied. */
  violations: 1,
  /** The job could not be done: usage, unreadable input, invalid bundle, evaluation error. */
  failed: 2,
  /** A bug of ours. */
  internal: 3,
  /** `serve` has no bundle that it can judge by. */
  bundle: 4,
  /** `serve` has no certificate, key or client CA that it can use. */
  certificate: 5,
  /** `serve` cannot listen where it is told to. */
  address: 6,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export function exitCodeOf(error: AppError): ExitCode {
  if (error instanceof CertError) return EXIT.certificate
  if (!(error instanceof ServerError)) return EXIT.failed
  switch (error.code) {
    case 'tls-refused':
      return EXIT.certificate
    case 'address-in-use':
    case 'address-not-available':
    case 'listen-failed':
      return EXIT.address
  }
}
