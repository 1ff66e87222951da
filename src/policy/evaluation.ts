// One review, evaluated for one binding after the other. The review is parsed once, for the first binding that matches.
// An instance in which anything went wrong is never used again: the next binding gets a fresh one, and the review anew.
import type { Binding } from '../bundle/bundle.ts'
import type { EngineOptions } from './engine-options.ts'
import { describeFailure, type Failure } from './failure.ts'
import type { PolicyInstance } from './instance.ts'
import type { Outcome } from './outcome.ts'
import { readViolations } from './violation.ts'

export interface EvaluationInput {
  /** An AdmissionReview as JSON, checked: one value, and nothing behind it. */
  readonly review: Uint8Array
  /** Gives the JSON of the request's Namespace, where there is one and it is known; asked once a binding matches. */
  readonly namespaceObject: () => Uint8Array | undefined
  readonly now: Date
}

/** Where instances come from and go back to. */
export interface InstancePool {
  take(): PolicyInstance
  giveBack(instance: PolicyInstance): void
  targetOf(binding: Binding): Target
}

/** What of a binding the module needs to know. */
export interface Target {
  readonly entrypoint: number
  /** An index into the instances' parameters; undefined for none. */
  readonly parameters: number | undefined
}

const OUT_OF_FUEL: Failure = {
  code: 'review-budget-exceeded',
  text: 'used up what the budget of the whole review had left',
}

// The first instance could be made, or there were no engine: what is lacking now is the machine's memory.
const NO_INSTANCE: Failure = {
  code: 'memory-exceeded',
  text: 'was not evaluated: there is no memory for an instance of the module',
}

export class Evaluation {
  private readonly pool: InstancePool
  private readonly options: EngineOptions
  private readonly input: EvaluationInput
  private fuelLeft: number
  /** Has parsed the review. */
  private instance: PolicyInstance | undefined
  /** The review cannot be parsed: it will not be for the next binding either. */
  private unreadable: Failure | undefined

  constructor(pool: InstancePool, options: EngineOptions, input: EvaluationInput) {
    this.pool = pool
    this.options = options
    this.input = input
    this.fuelLeft = options.fuelPerReview
  }

  /** Evaluates a binding's entrypoint with its parameters. The outcome is never `skipped`. */
  run(binding: Binding): Outcome {
    const target = this.pool.targetOf(binding)
    const instance = this.prepare()
    if (instance === undefined) return this.fail(binding, this.unreadable, 0)
    const fuel = Math.min(this.options.fuelPerBinding, this.fuelLeft)
    if (fuel <= 0) return this.fail(binding, OUT_OF_FUEL, 0)
    let result: string | undefined
    try {
      // Costs what the binding before had as parameters, and so is not this one's to pay.
      instance.fuelLeft = this.options.fuelPerReview
      instance.setParameters(target.parameters)
      instance.fuelLeft = fuel
      result = instance.evaluate(target.entrypoint)
    } catch (error) {
      const left = instance.fuelLeft
      this.instance = undefined
      const failure = describeFailure(error, left)
      const isReviews = failure.code === 'budget-exceeded' && fuel < this.options.fuelPerBinding
      return this.fail(binding, isReviews ? OUT_OF_FUEL : failure, this.spend(fuel, left))
    }
    return this.conclude(binding, result, this.spend(fuel, instance.fuelLeft))
  }

  /** Gives the instance back; the evaluation is over. */
  end(): void {
    if (this.instance !== undefined) this.pool.giveBack(this.instance)
    this.instance = undefined
  }

  private prepare(): PolicyInstance | undefined {
    if (this.instance !== undefined || this.unreadable !== undefined) return this.instance
    let instance: PolicyInstance | undefined
    try {
      instance = this.pool.take()
      instance.fuelLeft = this.fuelLeft
      instance.parseReview(this.input.review, this.input.namespaceObject(), this.input.now)
    } catch (error) {
      const left = instance?.fuelLeft ?? this.fuelLeft
      const failure = describeFailure(error, left)
      // Parsed before, for a binding that failed: it is what came since that used the budget up.
      const isAgain =
        failure.code === 'budget-exceeded' && this.fuelLeft < this.options.fuelPerReview
      if (instance === undefined) this.unreadable = NO_INSTANCE
      else this.unreadable = isAgain ? OUT_OF_FUEL : toUnreadable(failure)
      this.spend(this.fuelLeft, left)
      return undefined
    }
    this.spend(this.fuelLeft, instance.fuelLeft)
    this.instance = instance
    return instance
  }

  private spend(given: number, left: number): number {
    const used = given - Math.max(left, 0)
    this.fuelLeft -= used
    return used
  }

  private conclude(binding: Binding, result: string | undefined, fuelUsed: number): Outcome {
    if (result === undefined) return { kind: 'evaluated', binding, violations: [], fuelUsed }
    const read = readViolations(result)
    if (read.kind === 'violations') {
      return { kind: 'evaluated', binding, violations: read.violations, fuelUsed }
    }
    return this.fail(
      binding,
      { code: 'invalid-result', text: `is broken: its result ${read.problem}` },
      fuelUsed,
    )
  }

  private fail(binding: Binding, failure: Failure | undefined, fuelUsed: number): Outcome {
    const { code, text } = failure ?? { code: 'evaluation-failed', text: 'was not evaluated' }
    const message = `policy \`${binding.policy.name}\` (binding \`${binding.name}\`) ${text}`
    return { kind: 'failed', binding, error: { code, message }, fuelUsed }
  }
}

/** Says of a failed parse that it was one. */
function toUnreadable({ code }: Failure): Failure {
  if (code === 'budget-exceeded') {
    return {
      code: 'review-too-large',
      text: 'was not evaluated: reading the review used up its budget',
    }
  }
  if (code === 'memory-exceeded') {
    return {
      code: 'review-too-large',
      text: 'was not evaluated: the review does not fit into memory',
    }
  }
  return { code: 'unreadable-review', text: 'was not evaluated: the review cannot be read' }
}
