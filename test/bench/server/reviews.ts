// The pod of 6.5 KB, and what the scenarios make of it.
import { REVIEWS } from '../pods.ts'
import type { PlannedRequest } from './load.ts'

/** Allowed by the product's policies. */
export const GOOD: PlannedRequest = { kind: 'good', body: readPod(), expect: 'allowed' }

/** On the host's network. */
export const BAD: PlannedRequest = {
  kind: 'bad',
  body: change(GOOD.body, '"spec":{', '"spec":{"hostNetwork":true,'),
  expect: 'denied',
}

/** The pod in another namespace. */
export function inNamespace(namespace: string): string {
  return change(GOOD.body, 'core-shop', namespace)
}

function readPod(): string {
  const found = REVIEWS.find((each) => each.label === '6.5 KB')
  if (found === undefined) throw new Error('no pod of 6.5 KB')
  return new TextDecoder().decode(found.review.bytes)
}

function change(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the pod has no ${from}`)
  return text.replaceAll(from, to)
}
