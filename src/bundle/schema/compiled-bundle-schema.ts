import type { JsonObject } from '../bundle.ts'
import {
  API_VERSION,
  BINDING_DEFINITIONS,
  bindings,
  DIALECT,
  exceptions,
  resources,
  SCHEMA_BASE,
  severity,
} from './definitions.ts'

const policy: JsonObject = {
  title: 'a policy',
  description: 'Rego that knows how to find one kind of fault, as it describes itself.',
  type: 'object',
  additionalProperties: false,
  required: ['name', 'entrypoint', 'title', 'description', 'severity', 'remediation', 'resources'],
  properties: {
    name: { description: 'The name of the policy; unique.', $ref: '#/$defs/objectName' },
    entrypoint: {
      title: 'an entrypoint',
      description:
        'The rule that yields violations, in OPA’s slash form, such as `host_network/violation`.',
      type: 'string',
      pattern: '^[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)+$',
      maxLength: 253,
    },
    title: { description: 'One line for people.', type: 'string', minLength: 1, maxLength: 200 },
    description: {
      description: 'What is found, and why it matters.',
      type: 'string',
      minLength: 1,
      maxLength: 8192,
    },
    severity,
    remediation: {
      description: 'How to mend a violation.',
      type: 'string',
      minLength: 1,
      maxLength: 8192,
    },
    resources,
    relatedResources: {
      description: 'Where to read more.',
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['ref'],
        properties: {
          ref: { description: 'A URL.', type: 'string', minLength: 1, maxLength: 2048 },
          description: { description: 'What is there.', type: 'string', maxLength: 1024 },
        },
      },
    },
    parameterSchema: {
      description:
        'JSON Schema of the parameters: an object, closed; see parameter-schema.schema.json. Absent: the policy takes none.',
      type: 'object',
    },
    sourceDigest: {
      description:
        'The SHA-256 of its Rego and of what it may share with others: tells which policies differ between two bundles.',
      type: 'string',
      pattern: '^sha256:[0-9a-f]{64}$',
    },
  },
}

/** Schema of `portcullis.json`, which lies in the archive beside OPA's own members. */
export const COMPILED_BUNDLE_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}portcullis.schema.json`,
  title: 'portcullis.json',
  description: 'The policies of a compiled bundle and the bindings that put them to use.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'policies', 'bindings'],
  properties: {
    apiVersion: { description: 'The version of this format.', const: API_VERSION },
    kind: { description: 'Always CompiledBundle.', const: 'CompiledBundle' },
    generator: {
      description:
        'Set by Portcullis, whose archives carry a checksum of their own bytes; absent in archives made otherwise.',
      const: 'portcullis',
    },
    metadata: {
      description: 'What the bundle is called.',
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: { description: 'The name of the bundle.', $ref: '#/$defs/objectName' } },
    },
    policies: {
      description: 'The policies that the module holds.',
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: { $ref: '#/$defs/policy' },
    },
    bindings,
    exceptions,
  },
  $defs: { ...BINDING_DEFINITIONS, policy },
}
