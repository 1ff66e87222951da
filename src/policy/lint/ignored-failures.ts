import { type Finding, findingAt, type LintSubject } from './finding.ts'

export function findIgnoredFailures(subject: LintSubject): readonly Finding[] {
  return subject.bundle.bindings
    .filter((each) => each.failurePolicy === 'Ignore' && each.validationActions.includes('Deny'))
    .map(({ name }) => {
      const message = `binding \`${name}\` denies, but lets pass what its policy fails on`
      const at = { kind: 'binding', name } as const
      return findingAt(subject, 'lint/ignored-failure', at, message, ['failurePolicy'])
    })
}
