import type { JsonObject } from '../bundle.ts'
import {
  API_VERSION,
  BINDING_DEFINITIONS,
  bindings,
  DIALECT,
  exceptions,
  SCHEMA_BASE,
} from './definitions.ts'

/** Schema of `bundle.yaml`, which a person writes. */
export const BUNDLE_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}bundle.schema.json`,
  title: 'bundle.yaml',
  description:
    'Which policies are in use, where they apply, with which parameters and with which action.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { description: 'The version of this format.', const: API_VERSION },
    kind: { description: 'Always Bundle.', const: 'Bundle' },
    metadata: {
      description: 'What the bundle is called.',
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: { description: 'The name of the bundle.', $ref: '#/$defs/objectName' } },
    },
    spec: {
      description: 'What the bundle holds.',
      type: 'object',
      additionalProperties: false,
      required: ['bindings'],
      properties: { bindings, exceptions },
    },
  },
  $defs: BINDING_DEFINITIONS,
}
