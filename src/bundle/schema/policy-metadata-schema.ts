import type { JsonObject } from '../bundle.ts'
import { DIALECT, resources, SCHEMA_BASE, severity } from './definitions.ts'

/** Schema of the `# METADATA` block of a policy's package, in OPA's own keys. */
export const POLICY_METADATA_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}policy-metadata.schema.json`,
  title: 'METADATA of a policy',
  description: 'How a policy describes itself, in the METADATA block of its package.',
  type: 'object',
  additionalProperties: false,
  required: ['title', 'description', 'custom'],
  properties: {
    scope: {
      description: 'Which part of the Rego the block describes.',
      enum: ['package', 'document', 'rule'],
    },
    entrypoint: { description: 'Whether the rule is an entrypoint.', type: 'boolean' },
    title: { description: 'One line for people.', type: 'string', minLength: 1, maxLength: 200 },
    description: {
      description: 'What is found, and why it matters.',
      type: 'string',
      minLength: 1,
      maxLength: 8192,
    },
    related_resources: {
      description: 'Where to read more: URLs, or maps with `ref` and `description`.',
      type: 'array',
      maxItems: 100,
    },
    authors: { description: 'Who wrote the policy.', type: 'array' },
    organizations: { description: 'Whose policy it is.', type: 'array' },
    schemas: {
      description:
        'JSON Schemas of the input; the one of `input.parameters` is the policy’s parameter schema.',
      type: 'array',
      maxItems: 100,
    },
    custom: {
      description: 'What OPA has no key for.',
      type: 'object',
      additionalProperties: false,
      required: ['severity', 'remediation', 'resources'],
      properties: {
        severity,
        remediation: {
          description: 'How to mend a violation.',
          type: 'string',
          minLength: 1,
          maxLength: 8192,
        },
        resources,
      },
    },
  },
}
