// What the SDK has to complain of, in our log.
import { diag, type DiagLogFunction, DiagLogLevel } from '@opentelemetry/api'
import { setGlobalErrorHandler } from '@opentelemetry/core'
import type { Clock } from '../host/clock.ts'
import type { Logger } from '../host/logger.ts'

type Complain = (fault: unknown) => void

/** A collector that is down is told of this often, not once a batch. */
const QUIET_MS = 60_000

/** Hears the SDK, which has one place for its complaints in the whole process, and returns how to add to them. */
export function hearComplaints(deps: { readonly clock: Clock; readonly logger: Logger }): Complain {
  const complain = createComplain(deps)
  const say: DiagLogFunction = (...words) =>
    complain(words.filter((word) => typeof word === 'string').join(' '))
  const ignore = (): void => {}
  diag.setLogger(
    { error: say, warn: say, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  setGlobalErrorHandler(complain)
  return complain
}

function createComplain({ clock, logger }: { clock: Clock; logger: Logger }): Complain {
  let quietUntilMs = -Infinity
  let unsaid = 0
  return (fault) => {
    if (clock.elapsedMs() < quietUntilMs) {
      unsaid++
      return
    }
    const before = unsaid === 0 ? {} : { unsaid }
    logger.warn('traces may be lost', { reason: describeFault(fault), ...before })
    quietUntilMs = clock.elapsedMs() + QUIET_MS
    unsaid = 0
  }
}

/** Node gives an error of many addresses no message, and the exporter's has its HTTP status as a code. */
function describeFault(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  const { code } = fault as { readonly code?: string | number }
  const words = code === undefined || fault.message.includes(String(code)) ? [] : [`${code}`]
  return [fault.message, ...words].filter((word) => word !== '').join(' ') || fault.name
}
