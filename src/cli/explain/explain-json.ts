import { API_VERSION } from '../../bundle/schema/definitions.ts'
import type { Location } from '../../compiler/answer.ts'
import type { FiredRule, RuleAccount } from '../../compiler/explanation.ts'
import { SKIP_REASONS } from '../../report/skip-reason.ts'
import { locate } from '../../yaml/locate.ts'
import { rulesOf } from './explain-members.ts'
import type { Explained } from './explain-run.ts'
import { reportedPlace } from '../reported-place.ts'

/** Returns what `explain -o json` prints: docs/testing.md describes it. Values are cut at 200 characters. */
export function renderExplainJson({ resource, binding, outcome, explanation }: Explained): string {
  const violations =
    outcome.kind === 'evaluated' && explanation !== undefined
      ? outcome.violations.map((violation) => ({
          message: violation.message,
          path: violation.path ?? [],
          ...reportedPlace({
            file: resource.file,
            span: locate(resource.node, violation.path ?? []).span,
          }),
          rules: rulesOf(violation, explanation).map(firedRule),
        }))
      : []
  const value = {
    apiVersion: API_VERSION,
    kind: 'Explanation',
    object: {
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      namespace: resource.namespace ?? '',
      name: resource.name,
    },
    binding: binding.name,
    policy: binding.policy.name,
    skipped: outcome.kind === 'skipped' ? outcome.reason : null,
    reason: outcome.kind === 'skipped' ? SKIP_REASONS[outcome.reason] : null,
    exception: outcome.kind === 'evaluated' ? (outcome.exception?.name ?? null) : null,
    violations,
    others: (explanation?.others ?? []).map(ruleAccount),
    isCut: explanation?.isCut ?? false,
  }
  return `${JSON.stringify(value, undefined, 2)}\n`
}

function firedRule({ name, location, steps }: FiredRule): object {
  return {
    rule: name,
    ...reportedPlace(location),
    steps: steps.map((step) => ({
      ...reportedPlace(step.location),
      text: textOf(step.location),
      values: step.values,
    })),
  }
}

function ruleAccount(account: RuleAccount): object {
  const { name, location, outcome, failedAt, innerAt, attempts, times, because } = account
  const at = innerAt ?? failedAt
  return {
    rule: name,
    ...reportedPlace(location),
    outcome,
    failed: at === undefined ? null : { ...reportedPlace(at), text: textOf(at) },
    attempts,
    times,
    because: because.map(ruleAccount),
  }
}

function textOf(at: Location | undefined): string {
  return at === undefined ? '' : at.file.text.slice(at.span.start, at.span.end)
}
