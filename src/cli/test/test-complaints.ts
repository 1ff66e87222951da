// What samples and cases of suites have to complain about alike.
import { fieldPath } from '../../admission/field-path.ts'
import type { Outcome, Violation } from '../../policy/outcome.ts'
import type { Disagreement } from './test-judge.ts'
import type { Complaint, Note } from './test-result.ts'

/** `spec.containers[0].image: …` */
export function violationText({ path, message }: { path: string; message: string }): string {
  return path === '' ? message : `${path}: ${message}`
}

export function failureComplaint(
  { error }: Outcome & { readonly kind: 'failed' },
  help: (code: string) => string | undefined = () => undefined,
): Complaint {
  const cure = help(error.code)
  return {
    message: error.message,
    notes: cure === undefined ? [] : [{ mark: '=', text: `help: ${cure}` }],
  }
}

export function disagreementComplaint({ binding, module, interpreter }: Disagreement): Complaint {
  const policy = `policy \`${binding.policy.name}\``
  if (typeof interpreter === 'string') {
    return {
      message: `OPA's interpreter does not judge as the compiled module does: of ${policy} ${interpreter}`,
      notes: [],
    }
  }
  const note = (mark: Note['mark'], violations: readonly Violation[]) => {
    const others = new Set((mark === '-' ? interpreter : module).map(textOf))
    return violations.flatMap((each): Note[] =>
      others.has(textOf(each)) ? [] : [{ mark, text: textOf(each) }],
    )
  }
  return {
    message: `the compiled module (-) and OPA's interpreter (+) find different things by ${policy}`,
    notes: [...note('-', module), ...note('+', interpreter)],
  }
}

function textOf({ message, path, details }: Violation): string {
  const text = violationText({ message, path: fieldPath(path ?? []) })
  return details === undefined ? text : `${text} ${JSON.stringify(details)}`
}
