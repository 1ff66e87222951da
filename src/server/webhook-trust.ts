// Whom API servers trust to be the webhook: the `caBundle` of a webhook configuration, and nothing else of it.
import type { JsonObject } from '../bundle/bundle.ts'
import { isJsonObject } from '../bundle/is-json-object.ts'
import { CertError } from '../certs/cert-error.ts'

export interface CalledService {
  readonly namespace: string
  readonly service: string
}

/** PEM, empty where there is none or where webhooks that call the Service have different ones. */
export function readTrust(configuration: JsonObject, called: CalledService): string {
  const bundles = webhooksOf(configuration, called).map(({ clientConfig }) => {
    const bundle = isJsonObject(clientConfig) ? clientConfig['caBundle'] : undefined
    return typeof bundle === 'string' ? bundle : ''
  })
  const [first = ''] = bundles
  return bundles.every((each) => each === first) ? Buffer.from(first, 'base64').toString() : ''
}

/**
 * A strategic merge patch that is refused with 409 where the configuration is another one by now.
 *
 * @throws CertError `certificate-foreign` where no webhook of it calls the Service.
 */
export function patchTrust(
  configuration: JsonObject,
  called: CalledService,
  certificates: string,
): JsonObject {
  const caBundle = Buffer.from(certificates).toString('base64')
  const webhooks = webhooksOf(configuration, called)
  if (webhooks.length === 0) {
    const { namespace, service } = called
    throw new CertError(
      'certificate-foreign',
      `no webhook of the configuration calls the Service ${namespace}/${service}`,
    )
  }
  const { metadata } = configuration
  const { resourceVersion = '' } = isJsonObject(metadata) ? metadata : {}
  return {
    metadata: { resourceVersion },
    webhooks: webhooks.map(({ name = '' }) => ({ name, clientConfig: { caBundle } })),
  }
}

function webhooksOf({ webhooks }: JsonObject, called: CalledService): readonly JsonObject[] {
  if (!Array.isArray(webhooks)) return []
  return webhooks.filter(isJsonObject).filter(({ clientConfig }) => {
    if (!isJsonObject(clientConfig)) return false
    const { service } = clientConfig
    return (
      isJsonObject(service) &&
      service['name'] === called.service &&
      service['namespace'] === called.namespace
    )
  })
}
