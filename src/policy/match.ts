// Where a binding applies. Every doubt is for judging: what cannot be told is an error, never "does not apply".
import type { Binding } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import type { LabelSelector, Match, Operation } from '../bundle/match.ts'
import { matchGlob } from './glob.ts'
import { isEmptySelector, matchSelector } from './label-selector.ts'
import type { EvaluationError, SkipReason } from './outcome.ts'
import { matchesRule, matchesWithoutOperation, understandsRequest } from './resource-rule.ts'
import type { AdmissionRequest, NamespaceAnswer, NamespaceLookup } from './review.ts'

export type MatchResult =
  | { readonly kind: 'matched' }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'failed'; readonly error: EvaluationError }

const DEFAULT_OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE']
export const ALL_OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']

const MATCHED: MatchResult = { kind: 'matched' }

/**
 * Says whether a binding judges a request. The Namespace comes last, and is looked up only when all else holds: a request
 * that a binding leaves alone must not fail because its Namespace is unknown.
 */
export function matchBinding(
  binding: Binding,
  request: AdmissionRequest,
  namespaces: NamespaceLookup,
): MatchResult {
  const reason = findSkipReason(binding, request)
  if (reason !== undefined) return { kind: 'skipped', reason }
  const selector = binding.match.namespaceSelector
  if (selector === undefined || isEmptySelector(selector)) return MATCHED
  return matchNamespace(selector, binding, request, namespaces)
}

function findSkipReason(binding: Binding, request: AdmissionRequest): SkipReason | undefined {
  const { match, policy } = binding
  if (!understandsRequest(policy, request)) return 'resource'
  const byResource = skipByResourceRules(match, request)
  if (byResource !== undefined) return byResource
  if (match.excludeResourceRules?.some((rule) => matchesRule(rule, request, ALL_OPERATIONS))) {
    return 'excluded'
  }
  if (match.namespaces !== undefined && !fitsOne(match.namespaces, request.namespace)) {
    return 'namespace'
  }
  if (
    match.excludedNamespaces !== undefined &&
    fitsOne(match.excludedNamespaces, request.namespace)
  ) {
    return 'excluded'
  }
  const { username, groups } = request.userInfo
  if (match.users?.some((glob) => matchGlob(glob, username)) === false) return 'user'
  if (match.groups?.some((glob) => groups.some((each) => matchGlob(glob, each))) === false) {
    return 'user'
  }
  if (match.objectSelector !== undefined && !matchObject(match.objectSelector, request)) {
    return 'object-selector'
  }
  return undefined
}

function skipByResourceRules(match: Match, request: AdmissionRequest): SkipReason | undefined {
  // Operations of the match hold beside those of a rule; only where neither says any, the default does.
  if (match.operations?.includes(request.operation) === false) return 'operation'
  const operations = match.operations ?? DEFAULT_OPERATIONS
  const rules = match.resourceRules
  if (rules === undefined) return operations.includes(request.operation) ? undefined : 'operation'
  if (rules.some((rule) => matchesRule(rule, request, operations))) return undefined
  return rules.some((rule) => matchesWithoutOperation(rule, request)) ? 'operation' : 'resource'
}

/** A cluster-scoped request has no namespace, so that even `*` does not name it. */
export function fitsOne(globs: readonly string[], namespace: string): boolean {
  return namespace !== '' && globs.some((glob) => matchGlob(glob, namespace))
}

/** As for a webhook's objectSelector, the object or the old object must fit; where there is neither, nothing is left out. */
function matchObject(selector: LabelSelector, request: AdmissionRequest): boolean {
  if (!hasObject(request)) return true
  return [request.object, request.oldObject].some(
    (each) => each !== null && matchSelector(selector, each),
  )
}

function matchNamespace(
  selector: LabelSelector,
  binding: Binding,
  request: AdmissionRequest,
  namespaces: NamespaceLookup,
): MatchResult {
  if (isNamespace(request)) {
    return matchObject(selector, request)
      ? MATCHED
      : { kind: 'skipped', reason: 'namespace-selector' }
  }
  if (request.namespace === '') return MATCHED
  const answer = namespaces(request.namespace)
  const reading = readAnswer(selector, answer)
  switch (reading) {
    case 'assume-match':
      return MATCHED
    case 'skip':
      return { kind: 'skipped', reason: 'namespace-selector' }
    case 'unknown': {
      const why =
        answer.kind === 'disputed'
          ? 'are given in several ways, so check one environment at a time'
          : 'are not known'
      return {
        kind: 'failed',
        error: {
          code: 'unknown-namespace',
          message: `the namespaceSelector of binding \`${binding.name}\` needs the labels of namespace \`${request.namespace}\`, which ${why}`,
        },
      }
    }
  }
}

function readAnswer(
  selector: LabelSelector,
  answer: NamespaceAnswer,
): 'assume-match' | 'skip' | 'unknown' {
  switch (answer.kind) {
    case 'found':
      return matchSelector(selector, answer.object) ? 'assume-match' : 'skip'
    case 'disputed': {
      const fits = answer.objects.filter((each) => matchSelector(selector, each)).length
      if (fits === 0) return 'skip'
      return fits === answer.objects.length ? 'assume-match' : answer.otherwise
    }
    case 'assume-match':
    case 'skip':
    case 'unknown':
      return answer.kind
  }
}

/** Says whether the request is about a Namespace itself, whose own labels a namespaceSelector looks at. */
export function isNamespace(request: AdmissionRequest): boolean {
  return request.resource.group === '' && request.resource.resource === 'namespaces'
}

/** Says whether there is an object to judge: on DELETE the old one, else the new one. */
export function hasObject(request: AdmissionRequest): boolean {
  return (
    isJsonObject(request.object) ||
    (request.operation === 'DELETE' && isJsonObject(request.oldObject))
  )
}
