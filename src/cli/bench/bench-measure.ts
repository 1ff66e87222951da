import { createHash } from 'node:crypto'
import type { Binding } from '../../bundle/bundle.ts'
import type { Resource } from '../../kubernetes/resource.ts'
import { toReview } from '../../kubernetes/to-review.ts'
import type { Engine } from '../../policy/engine.ts'
import { matchBinding } from '../../policy/match.ts'
import type { NamespaceLookup, Review } from '../../policy/review.ts'
import type { Benchmark } from './bench-file.ts'

/** Of each binding on each object; the fastest counts, for all that disturbs makes it slower. */
export const RUNS = 10

/** No labels are needed to measure: a selector on Namespaces that nobody gave fits. */
const EVERY_NAMESPACE: NamespaceLookup = () => ({ kind: 'assume-match' })

export interface Measured {
  readonly benchmark: Benchmark
  /** Of evaluations that ended in an error: what they cost says nothing. */
  readonly failures: readonly string[]
}

/** Measures every binding on the objects that it judges when they are created. */
export function measure(engine: Engine, resources: readonly Resource[], now: Date): Measured {
  const reviews = resources.map((each) => toReview(each, { operation: 'CREATE' }))
  const failures = new Set<string>()
  const bindings = engine.bundle.bindings.map((binding) => {
    const sum = { objects: 0, fuel: 0, microseconds: 0 }
    for (const review of reviews) {
      const match = matchBinding(binding, review.request, EVERY_NAMESPACE)
      if (match.kind === 'failed') failures.add(match.error.message)
      if (match.kind !== 'matched') continue
      const one = measureOne(engine, binding, review, now)
      if ('failure' in one) failures.add(one.failure)
      else {
        sum.objects++
        sum.fuel += one.fuel
        sum.microseconds += one.microseconds
      }
    }
    const microseconds = Math.round(sum.microseconds * 10) / 10
    return { name: binding.name, policy: binding.policy.name, ...sum, microseconds }
  })
  const { name, digest } = engine.bundle
  const objects = { count: reviews.length, digest: digestOf(reviews) }
  return { benchmark: { bundle: { name, digest }, objects, bindings }, failures: [...failures] }
}

function measureOne(
  engine: Engine,
  binding: Binding,
  review: Review,
  now: Date,
): { fuel: number; microseconds: number } | { failure: string } {
  const namespaceObject = (): undefined => undefined
  const evaluation = engine.evaluate({ review: review.bytes, namespaceObject, now })
  try {
    // The first run parses the review, which all bindings share.
    const first = evaluation.run(binding)
    if (first.kind === 'failed') return { failure: first.error.message }
    let fastest = Number.POSITIVE_INFINITY
    for (let run = 1; run < RUNS; run++) {
      const start = performance.now()
      evaluation.run(binding)
      fastest = Math.min(fastest, performance.now() - start)
    }
    const fuel = first.kind === 'evaluated' ? first.fuelUsed : 0
    return { fuel, microseconds: fastest * 1000 }
  } finally {
    evaluation.end()
  }
}

/** Of what the policies see, whatever the files are called and however they are laid out. */
function digestOf(reviews: readonly Review[]): string {
  const hash = createHash('sha256')
  for (const { bytes } of reviews) hash.update(bytes).update('\n')
  return `sha256:${hash.digest('hex')}`
}
