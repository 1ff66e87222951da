import type { Bundle } from '../bundle/bundle.ts'
import type { Label } from '../diagnostic/diagnostic.ts'
import { locate } from '../yaml/locate.ts'
import { readYaml } from '../yaml/read-yaml.ts'

/** Points into the bundle's portcullis.json, where its text is at hand. JSON is YAML. */
export function labelInBundle(
  bundle: Bundle,
  path: readonly (string | number)[],
  text: string,
): { readonly primary?: Label } {
  if (bundle.source === undefined) return {}
  const root = readYaml(bundle.source).documents[0]?.root
  if (root === undefined) return {}
  return { primary: { file: bundle.source, span: locate(root, path).span, text } }
}
