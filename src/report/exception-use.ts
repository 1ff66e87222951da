// What became of a bundle's exceptions: those that are over, or that nothing needs any more, are to be taken out.
import { countOf } from './counts.ts'
import type { ReportExceptionUse } from './report.ts'

/** `expired`, `unused` where it is about objects that have no such fault, `unmatched` where it is about none of them. */
type ExceptionState = 'expired' | 'used' | 'unused' | 'unmatched'

export function stateOf({ expired, matched, used }: ReportExceptionUse): ExceptionState {
  if (expired) return 'expired'
  if (used > 0) return 'used'
  return matched > 0 ? 'unused' : 'unmatched'
}

/** Says it in words that follow the exception's name. */
export function describeUse(exception: ReportExceptionUse): string {
  const { expires, matched, used } = exception
  switch (stateOf(exception)) {
    case 'expired':
      return `expired on ${expires}`
    case 'used':
      return `lets ${countOf(used, 'finding')} pass`
    case 'unused':
      return `unused: nothing to let pass in ${countOf(matched, 'object')} that it is about`
    case 'unmatched':
      return 'about none of these objects'
  }
}
