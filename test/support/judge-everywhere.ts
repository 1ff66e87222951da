import { decide } from '../../src/admission/decide.ts'
import type { Decision } from '../../src/admission/decision.ts'
import { parseReview } from '../../src/admission/parse-review.ts'
import type { Binding } from '../../src/bundle/bundle.ts'
import { judge } from '../../src/policy/judge.ts'
import { reviewBytes } from './review.ts'
import { defaultEngine, namespaces } from './webhook.ts'

/** What all four policies say of an object of ours, wherever it stands; images may be of any path of its registry. */
export async function judgeEverywhere(
  object: { readonly apiVersion: string; readonly kind: string },
  plural: string,
): Promise<Decision> {
  const everywhere = (binding: Binding): Binding => ({
    ...binding,
    match: {},
    ...(binding.policy.name === 'trusted-registries'
      ? { parameters: { ...binding.parameters, registries: ['registry.example.com'] } }
      : {}),
  })
  const engine = await defaultEngine(everywhere)
  const [version = '', group = ''] = object.apiVersion.split('/').toReversed()
  const kind = { group, version, kind: object.kind }
  const resource = { group, version, resource: plural }
  const parsed = parseReview(
    reviewBytes({ kind, resource, namespace: 'portcullis-system', object }),
  )
  if (parsed.kind !== 'review') throw new Error(parsed.message)
  const decision = decide(judge(engine, parsed.review, namespaces, new Date()))
  if (decision.evaluated < engine.bundle.bindings.length) throw new Error('a binding did not judge')
  return decision
}
