// The webhook with fixture policies: a good binding, `names`, and whatever misbehaves beside it.
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import type { Engine } from '../../src/policy/engine.ts'
import { fixtureBinding } from './fixture-engine.ts'
import { podObject, reviewBytes, type WireObject } from './review.ts'
import { startWebhook, type Webhook } from './webhook.ts'

/** Finds containers that are not called `app`. */
export const NAMES = fixtureBinding('containers', { name: 'names', parameters: { names: ['app'] } })
/** A pod in which it finds one. */
export const TWO: WireObject = {
  object: podObject({ containers: [{ name: 'app' }, { name: 'other' }] }),
}
/** What the answer then says of it. */
export const FOUND = {
  reason: 'containers',
  message: 'names: container other',
  field: 'spec.containers[1].name',
}

export function serveEngine(
  engine: Engine,
  rest: NonNullable<Parameters<typeof startWebhook>[0]> = {},
): Promise<Webhook> {
  return startWebhook({
    // What is decided here must not hang on how busy the machine is.
    config: { limits: { deadlineMs: 60_000 }, ...rest.config },
    deps: { engine, ...rest.deps },
  })
}

export async function decide(
  webhook: Webhook,
  request: WireObject = {},
): Promise<AdmissionAnswer['response']> {
  const answer = await webhook.post(reviewBytes(request))
  if (answer.code !== 200) throw new Error(`answered with ${answer.code}`)
  return (JSON.parse(answer.body) as AdmissionAnswer).response
}
