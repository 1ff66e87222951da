import { type Diagnostic, diagnostic } from '../../diagnostic/diagnostic.ts'
import { describeUse, stateOf } from '../../report/exception-use.ts'
import type { Report } from '../../report/report.ts'

/**
 * A warning for each exception whose objects were judged and have no such fault. One that is about none of the objects is
 * no matter: a bundle judges more than what lies in one repository.
 */
export function findUnused({ exceptions }: Pick<Report, 'exceptions'>): readonly Diagnostic[] {
  return exceptions
    .filter((each) => stateOf(each) === 'unused')
    .map((each) =>
      diagnostic(
        'bundle/unused-exception',
        `exception \`${each.name}\` from binding \`${each.binding}\` (owner ${each.owner}) is ${describeUse(each)}`,
      ),
    )
}
