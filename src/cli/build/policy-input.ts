import type { JsonObject } from '../../bundle/bundle.ts'
import { createSourceFile } from '../../source/source-file.ts'
import { readJsonStream } from '../../yaml/read-json.ts'
import { toJson } from '../../yaml/json-writer.ts'
import { withEntries } from '../../yaml/yaml-node.ts'

/**
 * Returns `input` as JSON, as the engine gives it to a policy: the review with the parameters and the Namespace, in place of what
 * the review itself has under these names. Numbers keep every digit.
 */
export function policyInput(
  review: Uint8Array,
  parameters: JsonObject,
  namespaceObject: JsonObject | undefined,
): string {
  const text = new TextDecoder().decode(review)
  const [root] = readJsonStream(createSourceFile('review', text), 0, text.length).roots
  if (root?.kind !== 'map') throw new Error('bug: a review that is no JSON object')
  const bare = toJson(withEntries(root, { parameters: undefined, namespaceObject: undefined }))
  const added = {
    parameters,
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
  }
  return `${bare.slice(0, -1)},${JSON.stringify(added).slice(1)}`
}
