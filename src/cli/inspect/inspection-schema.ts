import type { JsonObject } from '../../bundle/bundle.ts'
import {
  API_VERSION,
  BINDING_DEFINITIONS,
  DIALECT,
  SCHEMA_BASE,
  severity,
} from '../../bundle/schema/definitions.ts'
import { closedObject } from '../closed-object.ts'

function described(description: string, schema: JsonObject): JsonObject {
  return { description, ...schema }
}

const text: JsonObject = { type: 'string' }
const texts: JsonObject = { type: 'array', items: text }
const name: JsonObject = { $ref: '#/$defs/objectName' }

const binding = closedObject({
  name: described('The name that a violation shows.', name),
  policy: described('The name of its policy.', name),
  match: { $ref: '#/$defs/match' },
  parameters: described('What the policy sees, defaults applied.', { type: 'object' }),
  validationActions: described('What a violation does.', {
    type: 'array',
    items: { enum: ['Deny', 'Warn', 'Audit'] },
  }),
  failurePolicy: described('What an evaluation error does.', { enum: ['Fail', 'Ignore'] }),
})

const exception = closedObject({
  name: described('The name that warnings show.', name),
  binding: described('The binding that is excepted from.', name),
  match: { $ref: '#/$defs/exceptionMatch' },
  owner: described('Who mends it.', text),
  reason: described('Why it is there.', text),
  expires: described('The last day on which it holds, in UTC.', text),
  expired: described('Whether that day was over when this was written.', { type: 'boolean' }),
})

const parameter = closedObject(
  {
    name: described('The name of the parameter.', text),
    type: described('Its type, in words.', text),
    isRequired: described('Whether a binding must give it.', { type: 'boolean' }),
    default: described('What holds where a binding does not give it; absent: nothing.', {}),
    description: described('What it means.', text),
  },
  ['default', 'description'],
)

const policy = closedObject(
  {
    name: described('The name of the policy.', name),
    entrypoint: described('The rule that yields violations.', text),
    title: described('One line for people.', text),
    description: described('What is found, and why it matters.', text),
    severity,
    remediation: described('How to mend a violation.', text),
    resources: described('The resources that it understands.', texts),
    relatedResources: described('Where to read more.', {
      type: 'array',
      items: closedObject({ ref: described('A URL.', text), description: text }, ['description']),
    }),
    parameters: described('What a binding may set.', { type: 'array', items: parameter }),
    sourceDigest: described('The SHA-256 of its Rego and of what it may share with others.', {
      type: 'string',
      pattern: '^sha256:[0-9a-f]{64}$',
    }),
  },
  ['sourceDigest'],
)

/** Schema of what `inspect -o json` prints. */
export const INSPECTION_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}inspection.schema.json`,
  title: 'Inspection',
  description: 'What `portcullis inspect` tells of a bundle.',
  ...closedObject({
    apiVersion: described('The version of this format.', { const: API_VERSION }),
    kind: described('Always Inspection.', { const: 'Inspection' }),
    bundle: described('The bundle as a whole.', {
      ...closedObject({
        name: described('The name of the bundle.', name),
        digest: described('The SHA-256 of the archive.', {
          type: 'string',
          pattern: '^sha256:[0-9a-f]{64}$',
        }),
        revision: described('The revision that the manifest gives; empty: none.', text),
        moduleBytes: described('The size of policy.wasm, unpacked.', {
          type: 'integer',
          minimum: 0,
        }),
        data: described('The keys of its data.', texts),
      }),
    }),
    bindings: described('The policies in use.', { type: 'array', items: binding }),
    exceptions: described('Known faults that are let pass for a time.', {
      type: 'array',
      items: exception,
    }),
    policies: described('The policies that the module holds.', { type: 'array', items: policy }),
  }),
  $defs: BINDING_DEFINITIONS,
}
