// A bundle, checked and ready to judge.
import type { Binding, Bundle, Policy } from '../bundle/bundle.ts'
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.ts'
import { checkInstance } from './check-instance.ts'
import type { EngineOptions } from './engine-options.ts'
import { Evaluation, type EvaluationInput, type InstancePool, type Target } from './evaluation.ts'
import { type InstancePlan, PolicyInstance } from './instance.ts'
import type { Outcome } from './outcome.ts'
import { type CompiledModule, planInstances } from './plan-instances.ts'
import { selfTestReview } from './self-test.ts'

export interface Engine {
  readonly bundle: Bundle
  /** For an engine of the same bundle in another thread. */
  readonly compiled: CompiledModule
  /** Begins with one review; `end` it, whatever happens. One at a time. */
  evaluate(input: EvaluationInput): Evaluation
  /**
   * Evaluates every binding, and every policy that no binding uses, on a minimal review of a resource the policy
   * understands. A `failed` outcome means that the bundle cannot do its work; violations mean nothing.
   */
  selfTest(): Outcome[]
}

/**
 * Checks that the module is one the engine can run and has all that the bundle names, and prepares it. There is an engine
 * where no diagnostic is an error.
 *
 * @param known The bundle's module, where another thread has compiled it.
 */
export function loadEngine(
  bundle: Bundle,
  options: EngineOptions,
  known?: CompiledModule,
): { engine?: Engine; diagnostics: Diagnostic[] } {
  const { plan, compiled, diagnostics } = planInstances(bundle, options, known)
  if (plan === undefined || compiled === undefined) return { diagnostics }
  const checked = checkInstance(bundle, plan)
  diagnostics.push(...checked.diagnostics)
  if (checked.instance === undefined || hasErrors(diagnostics)) return { diagnostics }
  const engine = new LoadedEngine(bundle, compiled, options, checked.plan, checked.instance)
  return { engine, diagnostics }
}

// A module's memory never shrinks: after a review that made it grow past this, 16 MiB, the instance is dropped.
const RECYCLE_ABOVE_PAGES = 256

class LoadedEngine implements Engine, InstancePool {
  readonly bundle: Bundle
  readonly compiled: CompiledModule
  private readonly options: EngineOptions
  private readonly plan: InstancePlan
  private readonly entrypoints: ReadonlyMap<string, number>
  private readonly targets: ReadonlyMap<Binding, Target>
  private spare: PolicyInstance | undefined

  constructor(
    bundle: Bundle,
    compiled: CompiledModule,
    options: EngineOptions,
    plan: InstancePlan,
    first: PolicyInstance,
  ) {
    this.bundle = bundle
    this.compiled = compiled
    this.options = options
    this.plan = plan
    this.entrypoints = first.entrypoints
    this.targets = new Map(
      bundle.bindings.map((each, index) => [each, this.makeTarget(each, index)]),
    )
    this.spare = first
  }

  evaluate(input: EvaluationInput): Evaluation {
    return new Evaluation(this, this.options, input)
  }

  selfTest(): Outcome[] {
    const unbound = this.bundle.policies
      .filter((policy) => !this.bundle.bindings.some((each) => each.policy === policy))
      .map(bindForTest)
    return [...this.bundle.bindings, ...unbound].map((binding) => {
      const evaluation = this.evaluate({
        review: selfTestReview(binding.policy),
        namespaceObject: () => undefined,
        now: new Date(0),
      })
      try {
        return evaluation.run(binding)
      } finally {
        evaluation.end()
      }
    })
  }

  take(): PolicyInstance {
    const instance = this.spare ?? new PolicyInstance(this.plan)
    this.spare = undefined
    return instance
  }

  giveBack(instance: PolicyInstance): void {
    if (instance.memoryPages <= RECYCLE_ABOVE_PAGES) this.spare = instance
  }

  targetOf(binding: Binding): Target {
    return this.targets.get(binding) ?? this.makeTarget(binding, undefined)
  }

  private makeTarget(binding: Binding, parameters: number | undefined): Target {
    const entrypoint = this.entrypoints.get(binding.policy.entrypoint)
    if (entrypoint === undefined) throw new RangeError(`no entrypoint for ${binding.name}`)
    return { entrypoint, parameters }
  }
}

function bindForTest(policy: Policy): Binding {
  return {
    name: policy.name,
    policy,
    match: {},
    parameters: {},
    validationActions: ['Deny'],
    failurePolicy: 'Fail',
  }
}
