import { fieldPath } from '../../admission/field-path.ts'
import type { Label } from '../../diagnostic/diagnostic.ts'
import { locate } from '../../yaml/locate.ts'
import { disagreementComplaint, failureComplaint, violationText } from './test-complaints.ts'
import type { Judgement } from './test-judge.ts'
import type { Complaint, TestResult } from './test-result.ts'
import type { Sample } from './test-samples.ts'

export function sampleResult(sample: Sample, judgement: Judgement): TestResult {
  const { policy, name, resource, expected } = sample
  const { outcomes, disagreements, durationMs, decision } = judgement
  const at = { file: resource.file, span: locate(resource.node, []).span }
  const base = { kind: 'sample', suite: policy, name, durationMs, at } as const
  const errors = [
    ...outcomes.flatMap((each) => (each.kind === 'failed' ? [failureComplaint(each)] : [])),
    ...disagreements.map(disagreementComplaint),
  ]
  if (errors.length > 0) return { ...base, outcome: 'error', complaints: errors }
  const found = decision.allowed ? 'allowed' : 'denied'
  if (found === expected) return { ...base, outcome: 'pass', complaints: [] }
  return { ...base, outcome: 'fail', complaints: [complain(sample, judgement, found, at)] }
}

function complain(
  { expected, resource }: Sample,
  { decision }: Judgement,
  found: Sample['expected'],
  at: Label,
): Complaint {
  const violations = decision.findings.map((each) => each.violation)
  const path = violations.find((each) => each.path !== undefined)?.path
  return {
    message: `is ${found}, expected ${expected}`,
    at: path === undefined ? at : { file: resource.file, span: locate(resource.node, path).span },
    notes: violations.map((each) => ({
      mark: '+',
      text: violationText({ message: each.message, path: fieldPath(each.path ?? []) }),
    })),
  }
}
