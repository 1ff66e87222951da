import type { JsonObject } from '../bundle.ts'
import { DIALECT, SCHEMA_BASE } from './definitions.ts'

const schema: JsonObject = { $ref: '#/$defs/schema' }
const schemas: JsonObject = { type: 'array', minItems: 1, maxItems: 16, items: schema }
const count: JsonObject = { type: 'integer', minimum: 0 }
const schemaMap: JsonObject = {
  type: 'object',
  propertyNames: { title: 'a parameter name', not: { const: '__proto__' } },
  additionalProperties: schema,
}
const typeName: JsonObject = {
  title: 'a type',
  type: 'string',
  enum: ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'],
}

const keywords: JsonObject = {
  $comment: { type: 'string' },
  title: { type: 'string' },
  description: { type: 'string' },
  default: { description: 'Applied where a binding does not give the value.' },
  examples: { type: 'array' },
  deprecated: { type: 'boolean' },
  type: {
    description: 'A type, or a list of types.',
    anyOf: [
      typeName,
      { title: 'a list of types', type: 'array', minItems: 1, uniqueItems: true, items: typeName },
    ],
  },
  enum: { type: 'array', minItems: 1, maxItems: 256 },
  const: {},
  properties: schemaMap,
  required: { type: 'array', uniqueItems: true, items: { type: 'string' } },
  additionalProperties: schema,
  propertyNames: schema,
  minProperties: count,
  maxProperties: count,
  dependentRequired: {
    type: 'object',
    additionalProperties: { type: 'array', uniqueItems: true, items: { type: 'string' } },
  },
  items: schema,
  minItems: count,
  maxItems: count,
  uniqueItems: { type: 'boolean' },
  contains: schema,
  minContains: count,
  maxContains: count,
  minimum: { type: 'number' },
  maximum: { type: 'number' },
  exclusiveMinimum: { type: 'number' },
  exclusiveMaximum: { type: 'number' },
  multipleOf: { type: 'number', exclusiveMinimum: 0 },
  minLength: count,
  maxLength: count,
  pattern: {
    description: 'A regular expression in the syntax that RE2 and ECMAScript share.',
    type: 'string',
    maxLength: 512,
    format: 'regex',
  },
  format: {
    description: 'regex: a regular expression that RE2 accepts.',
    enum: ['regex'],
  },
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  not: schema,
  if: schema,
  // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own keyword.
  then: schema,
  else: schema,
}

/**
 * Schema of a policy's parameter schema: JSON Schema 2020-12 without references, so that one who checks a bundle he
 * does not trust needs no network and does work that its size bounds.
 */
export const PARAMETER_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}parameter-schema.schema.json`,
  title: 'parameter schema',
  description:
    'JSON Schema of a policy’s parameters: an object, closed, without references to other schemas.',
  type: 'object',
  required: ['type', 'additionalProperties'],
  properties: {
    ...keywords,
    $schema: { description: 'The dialect.', const: DIALECT },
    type: { description: 'Parameters are an object.', const: 'object' },
    additionalProperties: {
      description: 'The schema is closed, so that a misspelt parameter is an error.',
      const: false,
    },
  },
  additionalProperties: false,
  $defs: {
    schema: {
      title: 'a schema',
      type: ['object', 'boolean'],
      properties: keywords,
      additionalProperties: false,
    },
  },
}
