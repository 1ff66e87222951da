// Requests judged twice: by the compiled module, as at admission, and by OPA's interpreter. What they find must be the same.
import { decide } from '../../admission/decide.ts'
import type { Decision } from '../../admission/decision.ts'
import type { Binding, Bundle, Exception, JsonObject, Policy } from '../../bundle/bundle.ts'
import type { Compiler, EvaluatedCase } from '../../compiler/compiler.ts'
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import { nodeClock } from '../../host/clock.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../policy/engine-options.ts'
import { type Engine, loadEngine } from '../../policy/engine.ts'
import { judge } from '../../policy/judge.ts'
import { isNamespace } from '../../policy/match.ts'
import type { Outcome, Violation } from '../../policy/outcome.ts'
import type { NamespaceLookup, Review } from '../../policy/review.ts'
import { readViolations } from '../../policy/violation.ts'
import type { CompiledPolicies } from '../build/compile-policies.ts'
import { policyInput } from '../build/policy-input.ts'
import { canonicalJson } from '../../bundle/canonical-json.ts'

/** A request, and what judges it. */
export interface Trial {
  readonly review: Review
  readonly bindings: readonly Binding[]
  readonly namespaces: NamespaceLookup
  /** Judges whatever the policy and the binding say of where they apply: what is asked is the Rego. */
  readonly isUnmatched: boolean
}

export interface Judgement {
  readonly outcomes: readonly Outcome[]
  readonly decision: Decision
  /** By the compiled module. */
  readonly durationMs: number
  /** Bindings of which the interpreter finds something else. */
  readonly disagreements: readonly Disagreement[]
}

export interface Disagreement {
  readonly binding: Binding
  readonly module: readonly Violation[]
  /** Why it found nothing, or what it found. */
  readonly interpreter: string | readonly Violation[]
}

export interface TrialContext {
  readonly compiled: CompiledPolicies
  readonly exceptions: readonly Exception[]
  readonly compiler: Compiler
  readonly now: Date
}

const EVERY_OPERATION = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const

/** A policy in use wherever it can be. */
export function judgeAll(name: string, policy: Policy, parameters: JsonObject): Binding {
  return {
    name,
    policy,
    match: { operations: EVERY_OPERATION },
    parameters,
    validationActions: ['Deny'],
    failurePolicy: 'Fail',
  }
}

/** Returns a judgement for each trial, or why there can be none. */
export function judgeTrials(
  trials: readonly Trial[],
  context: TrialContext,
): { judgements?: readonly Judgement[]; diagnostics: readonly Diagnostic[] } {
  const { compiled, now } = context
  if (trials.length === 0) return { judgements: [], diagnostics: [] }
  if (compiled.wasm === undefined) return { diagnostics: compiled.diagnostics }
  const bundle: Bundle = {
    name: 'test',
    revision: '',
    digest: '',
    policies: [...compiled.policies.values()].flatMap((each) => each?.policy ?? []),
    bindings: [...new Set(trials.flatMap((each) => each.bindings))],
    exceptions: context.exceptions,
    wasm: compiled.wasm,
    data: compiled.data,
  }
  const { engine, diagnostics } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
  if (engine === undefined || hasErrors(diagnostics)) return { diagnostics }
  const judged = trials.map((trial) => {
    const start = nodeClock.elapsedMs()
    const outcomes = judgeTrial(engine, trial, now)
    return { trial, outcomes, durationMs: nodeClock.elapsedMs() - start }
  })
  const interpreted = interpret(judged, context)
  if (interpreted.results === undefined) return { diagnostics: interpreted.diagnostics }
  const results = interpreted.results
  const judgements = judged.map(({ outcomes, durationMs }): Judgement => ({
    outcomes,
    decision: decide(outcomes),
    durationMs,
    disagreements: outcomes.flatMap((each) => findDisagreement(each, results)),
  }))
  return { judgements, diagnostics: [] }
}

function judgeTrial(engine: Engine, trial: Trial, now: Date): readonly Outcome[] {
  const { review, bindings, namespaces, isUnmatched } = trial
  if (!isUnmatched) {
    const view: Engine = {
      bundle: { ...engine.bundle, bindings },
      compiled: engine.compiled,
      evaluate: (input) => engine.evaluate(input),
      selfTest: () => engine.selfTest(),
    }
    return judge(view, review, namespaces, now)
  }
  const evaluation = engine.evaluate({
    review: review.bytes,
    namespaceObject: () => undefined,
    now,
  })
  try {
    return bindings.map((binding) => evaluation.run(binding))
  } finally {
    evaluation.end()
  }
}

type Results = ReadonlyMap<Outcome, EvaluatedCase>

/** All at once, over one compilation. What the module could not evaluate is an error as it is. */
function interpret(
  judged: readonly { readonly trial: Trial; readonly outcomes: readonly Outcome[] }[],
  { compiled, compiler, now }: TrialContext,
): { results?: Results; diagnostics: readonly Diagnostic[] } {
  const evaluated = judged.flatMap(({ trial, outcomes }) =>
    outcomes.filter((each) => each.kind === 'evaluated').map((outcome) => ({ trial, outcome })),
  )
  const { results, diagnostics } = compiler.evaluateAll({
    sources: compiled.rego,
    data: compiled.data,
    now,
    cases: evaluated.map(({ trial, outcome: { binding } }) => ({
      query: `data.${binding.policy.entrypoint.replaceAll('/', '.')}`,
      inputJson: policyInput(trial.review.bytes, binding.parameters, namespaceOf(trial)),
    })),
  })
  if (hasErrors(diagnostics)) return { diagnostics }
  return {
    results: new Map(evaluated.map(({ outcome }, index) => [outcome, results[index] ?? {}])),
    diagnostics: [],
  }
}

/** What `input.namespaceObject` is to the module. */
function namespaceOf({
  review: { request },
  namespaces,
  isUnmatched,
}: Trial): JsonObject | undefined {
  if (isUnmatched || request.namespace === '' || isNamespace(request)) return undefined
  const answer = namespaces(request.namespace)
  return answer.kind === 'found' ? answer.object : undefined
}

function findDisagreement(outcome: Outcome, results: Results): readonly Disagreement[] {
  if (outcome.kind !== 'evaluated') return []
  const { binding, violations: module } = outcome
  const { value, error } = results.get(outcome) ?? {}
  if (error !== undefined) return [{ binding, module, interpreter: error }]
  const read = readViolations(JSON.stringify(value === undefined ? [] : [{ result: value }]))
  if (read.kind === 'invalid') {
    return [{ binding, module, interpreter: `its result ${read.problem}` }]
  }
  if (keyOf(read.violations) === keyOf(module)) return []
  return [{ binding, module, interpreter: read.violations }]
}

/** Both come sorted. */
function keyOf(violations: readonly Violation[]): string {
  return violations.map(canonicalJson).join('\n')
}
