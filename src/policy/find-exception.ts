import type { Binding, Exception } from '../bundle/bundle.ts'
import { isInForce } from '../bundle/check-exceptions.ts'
import { matchGlob } from './glob.ts'
import { ALL_OPERATIONS, fitsOne } from './match.ts'
import { matchesRule } from './resource-rule.ts'
import type { AdmissionRequest } from './review.ts'

/** Returns the first exception from a binding that is in force and matches the request. */
export function findException(
  exceptions: readonly Exception[],
  binding: Binding,
  request: AdmissionRequest,
  now: Date,
): Exception | undefined {
  return exceptions.find(
    (each) =>
      each.binding === binding.name && isInForce(each, now) && matchesException(each, request),
  )
}

/** Whether a request is one that an exception is about, in force or not. */
export function matchesException({ match }: Exception, request: AdmissionRequest): boolean {
  const { resourceRules, namespaces, operations, users, groups } = match
  const { username, groups: memberOf } = request.userInfo
  return (
    operations?.includes(request.operation) !== false &&
    resourceRules?.some((rule) => matchesRule(rule, request, ALL_OPERATIONS)) !== false &&
    (namespaces === undefined || fitsOne(namespaces, request.namespace)) &&
    users?.some((glob) => matchGlob(glob, username)) !== false &&
    groups?.some((glob) => memberOf.some((each) => matchGlob(glob, each))) !== false
  )
}
