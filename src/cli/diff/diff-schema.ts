import type { JsonObject } from '../../bundle/bundle.ts'
import { API_VERSION, DIALECT, SCHEMA_BASE } from '../../bundle/schema/definitions.ts'
import { closedObject } from '../closed-object.ts'

const text: JsonObject = { type: 'string' }
const digest: JsonObject = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' }

const side = closedObject({
  name: { description: 'The name of the bundle.', ...text },
  digest: { description: 'The SHA-256 of the archive.', ...digest },
  module: { description: 'The SHA-256 of policy.wasm.', ...digest },
})

const difference = closedObject({
  name: { description: 'What differs, by its name.', ...text },
  kind: { enum: ['added', 'removed', 'changed'] },
  changes: {
    description: 'Of what changed: the least that differs.',
    type: 'array',
    items: closedObject(
      {
        path: { description: 'Keys, from the thing that is named.', type: 'array', items: text },
        old: { description: 'Absent for what was added.' },
        new: { description: 'Absent for what was removed.' },
      },
      ['old', 'new'],
    ),
  },
})

function differences(description: string): JsonObject {
  return { description, type: 'array', items: { $ref: '#/$defs/difference' } }
}

/** Schema of what `diff -o json` prints. */
export const DIFF_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}diff.schema.json`,
  title: 'BundleDiff',
  description: 'What `portcullis diff` tells of two bundles.',
  ...closedObject({
    apiVersion: { description: 'The version of this format.', const: API_VERSION },
    kind: { description: 'Always BundleDiff.', const: 'BundleDiff' },
    old: { description: 'The first bundle.', ...side },
    new: { description: 'The second bundle.', ...side },
    bindings: differences('Bindings, with the defaults of their parameters.'),
    exceptions: differences('Exceptions.'),
    policies: differences(
      'Policies, with what they say of themselves; `sourceDigest` where their Rego differs.',
    ),
    data: differences('Keys of the data.'),
  }),
  $defs: { difference },
}
