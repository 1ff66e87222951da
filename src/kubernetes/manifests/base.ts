import { accessManifests } from './access.ts'
import { deployment } from './deployment.ts'
import type { Manifest, ManifestOptions } from './manifest.ts'
import { availabilityManifests, namespaceManifests, networkManifests } from './surroundings.ts'
import { webhookConfiguration } from './webhook-configuration.ts'

/** Everything but certificates, in the order in which it is best applied: the Namespace first, and last what API servers heed. */
export function baseManifests(options: ManifestOptions): readonly Manifest[] {
  const { namespace } = options
  return [
    ...namespaceManifests(namespace),
    ...accessManifests(namespace),
    ...networkManifests(namespace),
    ...availabilityManifests(namespace),
    { file: 'deployment.yaml', object: deployment(options) },
    { file: 'validatingwebhookconfiguration.yaml', object: webhookConfiguration(options) },
  ]
}
