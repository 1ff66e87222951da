// The laws that hold for every body.
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import { verifyAnswer } from '../support/verify-answer.ts'
import type { Judged } from './judge-bytes.ts'
import {
  type BindingName,
  BINDING_NAMES,
  type Expectation,
  type Verdict,
  writeField,
} from './oracle/expect.ts'

type Response = AdmissionAnswer['response']

const BULKY_BYTES = 16_384
/** A smaller answer has room for each fault. */
const ROOMY_BYTES = 4_096

/** Returns a line for each law that is broken; they begin with the law's name, which stays the same while a body is cut down. */
export function findBreaches(
  bytes: Uint8Array,
  { handled, outcomes, errors }: Judged,
  expectation: Expectation,
): string[] {
  const expected = allowExhaustion(bytes, outcomes, expectation)
  const breaches = errors.map((error) => `logged error: ${error}`)
  if (handled.kind === 'malformed') {
    const isRight = expected.kind === 'malformed' || expected.kind === 'unread'
    if (!isRight) breaches.push(`not answered: ${handled.message}`)
    return breaches
  }
  if (expected.kind === 'malformed') return [...breaches, 'answered: what is malformed']
  const { response } = handled.answer
  for (const fault of verifyAnswer(JSON.stringify(handled.answer), expected.uid)) {
    breaches.push(`answer: ${fault}`)
  }
  if (expected.kind !== 'decided') {
    if (response.allowed) breaches.push('allowed: what cannot be read')
    if (response.status?.code !== 400) breaches.push('status: a refusal is not a 400')
    if (outcomes.length > 0) breaches.push('evaluated: what cannot be read')
    return breaches
  }
  for (const name of BINDING_NAMES) {
    const outcome = outcomes.find((each) => each.binding.name === name)
    const found = describeVerdict(toVerdict(outcome))
    const wanted = describeVerdict(expected.verdicts.get(name))
    if (found !== wanted) breaches.push(`${name}: expected ${wanted}\n  got ${found}`)
  }
  return [...breaches, ...checkSum(response, outcomes, expected.verdicts)]
}

/**
 * A binding may run out of its budget on a body that is bulky, where comparing an update's objects or telling hundreds of faults
 * takes long: a denial like another, whatever was expected.
 */
function allowExhaustion(
  bytes: Uint8Array,
  outcomes: readonly Outcome[],
  expected: Expectation,
): Expectation {
  if (expected.kind !== 'decided' || bytes.length < BULKY_BYTES) return expected
  const verdicts = new Map(expected.verdicts)
  for (const outcome of outcomes) {
    if (outcome.kind !== 'failed' || outcome.error.code !== 'budget-exceeded') continue
    const name = BINDING_NAMES.find((each) => each === outcome.binding.name)
    if (name !== undefined && verdicts.get(name)?.kind === 'evaluated') {
      verdicts.set(name, { kind: 'failed', code: outcome.error.code })
    }
  }
  return { ...expected, verdicts }
}

/** Whether the answer says what the bindings said. */
function checkSum(
  response: Response,
  outcomes: readonly Outcome[],
  verdicts: ReadonlyMap<BindingName, Verdict>,
): string[] {
  const breaches: string[] = []
  const fired = BINDING_NAMES.filter((name) => fieldsOf(verdicts.get(name)).size > 0)
  const failed = BINDING_NAMES.filter((name) => verdicts.get(name)?.kind === 'failed')
  if (response.allowed !== (fired.length === 0 && failed.length === 0)) {
    breaches.push(`allowed: ${response.allowed}`)
  }
  if ((response.auditAnnotations?.['denied-by'] ?? '') !== fired.join('; ')) {
    breaches.push(`denied-by: expected ${fired.join()}`)
  }
  const { causes = [] } = response.status?.details ?? {}
  const told = outcomes.reduce((sum, each) => sum + countFaults(each), 0)
  if (causes.length !== told && jsonLength(response) < ROOMY_BYTES) {
    breaches.push(`causes: ${causes.length} of ${told}`)
  }
  for (const { message, field } of causes) {
    const name = BINDING_NAMES.find((each) => message.startsWith(`${each}: `))
    const verdict = name === undefined ? undefined : verdicts.get(name)
    const isTrue =
      field === undefined
        ? verdict?.kind === 'failed'
        : [...fieldsOf(verdict)].some((fault) => fault === field || isInside(field, fault))
    if (!isTrue) breaches.push(`cause: nothing is wrong at ${field}: ${message}`)
  }
  return breaches
}

function countFaults(outcome: Outcome): number {
  return outcome.kind === 'evaluated' ? outcome.violations.length : 1
}

function jsonLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function fieldsOf(verdict: Verdict | undefined): ReadonlySet<string> {
  return verdict?.kind === 'evaluated' ? verdict.fields : new Set()
}

/** Judges leave out what they skip. */
function toVerdict(outcome: Outcome | undefined): Verdict {
  switch (outcome?.kind) {
    case undefined:
    case 'skipped':
      return { kind: 'skipped' }
    case 'failed':
      return { kind: 'failed', code: outcome.error.code }
    case 'evaluated':
      return {
        kind: 'evaluated',
        fields: new Set(outcome.violations.map(({ path }) => writeField(path ?? []))),
      }
  }
}

function describeVerdict(verdict: Verdict | undefined): string {
  switch (verdict?.kind) {
    case undefined:
    case 'skipped':
      return 'skipped'
    case 'failed':
      return verdict.code
    case 'evaluated':
      return `[${outermost(verdict.fields).join(', ')}]`
  }
}

/** What stands in the place of a list is a fault, and what is wrong inside it may be told or not. */
function outermost(fields: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (const field of [...fields].toSorted()) {
    if (!kept.some((outer) => isInside(field, outer))) kept.push(field)
  }
  return kept
}

function isInside(field: string, outer: string): boolean {
  return field.startsWith(outer) && /^[.[]/.test(field.slice(outer.length))
}
