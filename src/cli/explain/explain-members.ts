import type { Explanation, FiredRule } from '../../compiler/explanation.ts'
import type { Violation } from '../../policy/outcome.ts'
import { readViolations } from '../../policy/violation.ts'
import { canonicalJson } from '../../bundle/canonical-json.ts'

/** The rules that made a violation; none where the interpreter knows of no such member. */
export function rulesOf(violation: Violation, { members }: Explanation): readonly FiredRule[] {
  const wanted = canonicalJson(violation)
  const found = members.find(({ value }) => {
    const read = readViolations(JSON.stringify([{ result: [value] }]))
    return (
      read.kind === 'violations' && read.violations.some((each) => canonicalJson(each) === wanted)
    )
  })
  return found?.rules ?? []
}
