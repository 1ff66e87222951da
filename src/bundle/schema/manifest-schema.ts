import type { JsonObject } from '../bundle.ts'
import { DIALECT, SCHEMA_BASE } from './definitions.ts'

/** Schema of OPA's `.manifest`, with what the engine needs of it made mandatory. */
export const MANIFEST_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}manifest.schema.json`,
  title: '.manifest',
  description: 'The manifest of an OPA bundle that holds a WebAssembly module.',
  type: 'object',
  additionalProperties: false,
  required: ['wasm'],
  properties: {
    revision: {
      description: 'Which version of the sources this is.',
      type: 'string',
      maxLength: 1024,
    },
    roots: {
      description: 'The paths below `data` that the bundle owns.',
      type: 'array',
      maxItems: 1000,
      items: { type: 'string', maxLength: 1024 },
    },
    rego_version: { description: 'The version of Rego.', enum: [0, 1] },
    file_rego_versions: {
      description: 'The version of Rego of single files, by glob.',
      type: 'object',
      additionalProperties: { enum: [0, 1] },
    },
    metadata: { description: 'Free data of whoever built the bundle.', type: 'object' },
    wasm: {
      description: 'The entrypoints of the module.',
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['entrypoint', 'module'],
        properties: {
          entrypoint: {
            description: 'A rule, in slash form.',
            type: 'string',
            minLength: 1,
            maxLength: 253,
          },
          module: {
            title: 'the module of the bundle',
            description: 'The engine runs one module, `/policy.wasm`.',
            enum: ['/policy.wasm', 'policy.wasm'],
          },
          annotations: {
            description: 'The METADATA of the rule, as OPA writes it.',
            type: 'array',
            items: { type: 'object' },
          },
        },
      },
    },
  },
}
