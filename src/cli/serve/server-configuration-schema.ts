import type { JsonObject } from '../../bundle/bundle.ts'
import { API_VERSION, DIALECT, SCHEMA_BASE } from '../../bundle/schema/definitions.ts'
import { LISTEN_ADDRESS } from './listen-address.ts'
import {
  defaultOf,
  OBJECT_NAME,
  SETTING_NAMES,
  type SettingSpec,
  specOf,
} from './serve-settings.ts'

export const CONFIGURATION_KIND = 'ServerConfiguration'

/** Schema of the file that `serve --config` reads. */
export const SERVER_CONFIGURATION_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}server-configuration.schema.json`,
  title: 'server configuration',
  description:
    'Settings of `portcullis serve`; flags and environment variables win over what the file says.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind'],
  properties: {
    apiVersion: { description: 'The version of this format.', const: API_VERSION },
    kind: { description: `Always ${CONFIGURATION_KIND}.`, const: CONFIGURATION_KIND },
    ...Object.fromEntries(
      SETTING_NAMES.map((name) => {
        const spec = specOf(name)
        const otherwise = defaultOf(name)
        const described: JsonObject = {
          description: sentence(spec.summary),
          ...shapeOf(spec),
          ...(otherwise === undefined ? {} : { default: otherwise }),
        }
        return [name, described]
      }),
    ),
  },
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function shapeOf(spec: SettingSpec): JsonObject {
  switch (spec.kind) {
    case 'file':
      return { type: 'string', minLength: 1 }
    case 'address':
      return { title: 'HOST:PORT', type: 'string', pattern: LISTEN_ADDRESS }
    case 'name':
      return { type: 'string', pattern: OBJECT_NAME }
    case 'names':
      return {
        type: 'array',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
      }
    case 'switch':
      return { type: 'boolean' }
    case 'choice':
      return { enum: [...spec.choices] }
    case 'number':
      return { type: 'integer', minimum: spec.minimum, maximum: spec.maximum }
  }
}
