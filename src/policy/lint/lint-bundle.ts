// A bundle that loads may still lock a cluster out, or let through what it was made to stop.
import { describeParameters } from '../../bundle/describe-parameters.ts'
import { type Allowed, applyAllowances } from './allowances.ts'
import { findRepeated, findUnused } from './coverage.ts'
import { findLastingExceptions } from './exceptions.ts'
import { type Finding, findingIn, type LintSubject } from './finding.ts'
import { findIgnoredFailures } from './ignored-failures.ts'
import { findLockOuts } from './lock-out.ts'
import { findUndefinedNegations, type ParsedModule } from './negated-calls.ts'
import { findMissedContainers } from './pod-containers.ts'
import { findUnreachable } from './unreachable.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'

export interface LintResult {
  readonly findings: readonly Finding[]
  /** Those that someone wrote are meant. */
  readonly allowed: readonly Allowed[]
  /** Of allowances that are wrong or of no use. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Every finding, bindings first. `modules` are OPA's trees of the Rego, where there is Rego. */
export function lintBundle(
  subject: LintSubject,
  modules: readonly ParsedModule[] = [],
): LintResult {
  return applyAllowances(
    [
      ...findLockOuts(subject),
      ...findIgnoredFailures(subject),
      ...findUnreachable(subject),
      ...findRepeated(subject),
      ...findLastingExceptions(subject),
      ...findUnused(subject),
      ...findMissedContainers(subject),
      ...findTraps(subject, modules),
    ],
    subject,
  )
}

function findTraps(
  { bundle, rego }: LintSubject,
  modules: readonly ParsedModule[],
): readonly Finding[] {
  const always = bundle.policies
    .flatMap(describeParameters)
    .filter((each) => each.isRequired || each.default !== undefined)
    .map(({ name }) => name)
  return modules.flatMap((each) => {
    const owner = [...(rego ?? [])].find(([, files]) => files.includes(each.file))?.[0] ?? ''
    return findUndefinedNegations(each, always).map(({ argument, file, span }) => {
      const message = `\`not\` before a call does not hold where \`${argument}\` is undefined`
      return findingIn(owner, 'lint/undefined-negation', message, { file, span })
    })
  })
}
