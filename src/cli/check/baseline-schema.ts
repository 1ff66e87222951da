import type { JsonObject } from '../../bundle/bundle.ts'

const text: JsonObject = { type: 'string' }
const finding = {
  policy: { description: 'The policy that found it.', ...text },
  binding: { description: 'The binding that used the policy.', ...text },
  apiVersion: { description: 'Of the object.', ...text },
  kind: { description: 'Of the object.', ...text },
  namespace: { description: 'Of the object; empty where the file names none.', ...text },
  name: { description: 'Of the object; empty where it is yet to be made.', ...text },
  path: {
    description: 'Keys from the root of the object; empty where the policy names no place in it.',
    type: 'array',
    items: { type: ['string', 'integer'] },
  },
  message: {
    description: 'The SHA-256 of what the policy says.',
    type: 'string',
    pattern: '^sha256:[0-9a-f]{64}$',
  },
  count: {
    description: 'In how many objects of this name.',
    type: 'integer',
    minimum: 1,
  },
} satisfies JsonObject

/** Schema of what `check --write-baseline` writes and `check --baseline` reads. */
export const BASELINE_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://portcullis.dev/schemas/v1/baseline.schema.json',
  title: 'Baseline',
  description: 'Findings that are known, and let pass until somebody mends them.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'findings'],
  properties: {
    apiVersion: { description: 'The version of this format.', const: 'portcullis.dev/v1' },
    kind: { description: 'Always Baseline.', const: 'Baseline' },
    findings: {
      description: 'Sorted, each once.',
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: Object.keys(finding),
        properties: finding,
      },
    },
  },
}
