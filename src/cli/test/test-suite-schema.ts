import type { JsonObject } from '../../bundle/bundle.ts'
import {
  API_VERSION,
  BINDING_DEFINITIONS,
  DIALECT,
  SCHEMA_BASE,
} from '../../bundle/schema/definitions.ts'

export const SUITE_KIND = 'Suite'

function object(description: string): JsonObject {
  return {
    description,
    anyOf: [
      { title: 'the path of a file', type: 'string', minLength: 1, maxLength: 1024 },
      { title: 'a map', type: 'object' },
    ],
  }
}

const name: JsonObject = { type: 'string', minLength: 1, maxLength: 253 }

const violation: JsonObject = {
  title: 'a violation',
  description: 'A violation that is expected: all that is given must fit.',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    message: {
      description: 'A regular expression (RE2) that finds something in the message.',
      type: 'string',
      format: 'regex',
      maxLength: 4096,
    },
    path: {
      description:
        'Where in the object, as in `spec.containers[0].image`; empty where the policy names no place.',
      type: 'string',
      maxLength: 1024,
    },
    policy: { description: 'The policy that found it.', ...name },
    binding: { description: 'The binding that it came through.', ...name },
  },
}

const expectation: JsonObject = {
  title: 'an expectation',
  description: 'What is to come of the request.',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    verdict: {
      description:
        'allowed, denied, or skipped: no binding is about the request, so that nothing was judged.',
      enum: ['allowed', 'denied', 'skipped'],
    },
    violations: {
      description: 'How many violations there are, or each of them, in any order.',
      anyOf: [
        { title: 'a number', type: 'integer', minimum: 0, maximum: 10_000 },
        {
          title: 'a list of violations',
          type: 'array',
          maxItems: 1000,
          items: { $ref: '#/$defs/violation' },
        },
      ],
    },
  },
}

const testCase: JsonObject = {
  title: 'a case',
  description: 'A request, what judges it, and what is to come of it.',
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { description: 'What the case shows; unique in its suite.', ...name },
    object: object('The object: itself, or the path of its file, from this one.'),
    oldObject: object('The object as it was before an UPDATE.'),
    review: object('An AdmissionReview, in place of an object; it says all of the request itself.'),
    operation: {
      description: 'CREATE where absent, UPDATE where there is an oldObject.',
      $ref: '#/$defs/operation',
    },
    namespace: { description: 'The namespace, in place of the object’s own.', ...name },
    namespaceLabels: {
      description: 'The labels of the namespace.',
      type: 'object',
      maxProperties: 100,
      propertyNames: { $ref: '#/$defs/labelKey' },
      additionalProperties: { $ref: '#/$defs/labelValue' },
    },
    subresource: {
      description: 'The subresource that the request is for, such as `ephemeralcontainers`.',
      ...name,
    },
    user: { description: 'The name of the user who asks.', ...name },
    groups: {
      description: 'Groups of the user, beside those that the API server puts everybody into.',
      type: 'array',
      maxItems: 100,
      items: name,
    },
    policy: { description: 'Judged by this policy alone, whatever bindings say.', ...name },
    parameters: {
      description: 'Parameters for `policy`; its defaults where absent.',
      type: 'object',
    },
    binding: {
      description: 'Judged by this binding of bundle.yaml alone; by all of them where absent.',
      ...name,
    },
    expect: { $ref: '#/$defs/expectation' },
  },
}

/** Schema of the suites that `portcullis test` runs. */
export const SUITE_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}suite.schema.json`,
  title: 'test suite',
  description: 'Requests, and what a bundle or one of its policies is to say of them.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'cases'],
  properties: {
    apiVersion: { description: 'The version of this format.', const: API_VERSION },
    kind: { description: `Always ${SUITE_KIND}.`, const: SUITE_KIND },
    cases: {
      description: 'The cases, each for itself.',
      type: 'array',
      minItems: 1,
      maxItems: 10_000,
      items: { $ref: '#/$defs/case' },
    },
  },
  $defs: { ...BINDING_DEFINITIONS, violation, expectation, case: testCase },
}
