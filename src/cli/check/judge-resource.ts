import { decide } from '../../admission/decide.ts'
import type { Resource } from '../../kubernetes/resource.ts'
import type { Engine } from '../../policy/engine.ts'
import { matchesException } from '../../policy/find-exception.ts'
import { judge } from '../../policy/judge.ts'
import type { NamespaceLookup, Review } from '../../policy/review.ts'
import { type ObjectReport, reportObject } from '../../report/make-report.ts'

/** Returns what a report says of one object, of which the review asks. */
export function judgeResource(
  engine: Engine,
  { resource, review }: { readonly resource: Resource; readonly review: Review },
  namespaces: NamespaceLookup,
  now: Date,
): ObjectReport {
  const outcomes = judge(engine, review, namespaces, now)
  const exceptions = engine.bundle.exceptions.filter((each) =>
    matchesException(each, review.request),
  )
  return reportObject({ resource, decision: decide(outcomes), outcomes, exceptions })
}
