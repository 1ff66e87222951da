import type { YamlMap } from '../../yaml/write-yaml.ts'
import type { MatchCondition } from './derive-match-conditions.ts'
import type { AdmissionRule } from './derive-rules.ts'

/** What differs from one installation to another. */
export interface ManifestOptions {
  readonly namespace: string
  readonly image: string
  readonly rules: readonly AdmissionRule[]
  readonly matchConditions: readonly MatchCondition[]
}

/** Who makes them. */
export const CERTIFICATES = ['managed', 'cert-manager', 'development'] as const
export type Certificates = (typeof CERTIFICATES)[number]

/** An object with the name of its file, `deployment.yaml`. */
export interface Manifest {
  readonly file: string
  readonly object: YamlMap
}

/** Of every object that stands alone, and what `serve` takes for the names of its Service and its webhook configuration. */
export const NAME = 'portcullis'

/** Holds the certificate where somebody else than the replicas makes it. */
export const TLS_SECRET = 'portcullis-tls'

export const SELECTOR: YamlMap = { 'app.kubernetes.io/name': NAME }

/** Where it runs, and what a cluster needs to run or to be repaired: a webhook that is down must not block them. */
export function excludedNamespaces(own: string): readonly string[] {
  return [own, 'kube-system', 'kube-node-lease']
}

/** By which an API server calls it, and for which the certificate has to be. */
export function serviceName(namespace: string): string {
  return `${NAME}.${namespace}.svc`
}

/** `metadata` takes `portcullis` for its name, and labels beside those that every object has. */
export function manifest(
  apiVersion: string,
  kind: string,
  metadata: { readonly name?: string; readonly namespace?: string; readonly labels?: YamlMap },
  rest: YamlMap,
): YamlMap {
  const { name = NAME, namespace, labels } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: { ...SELECTOR, ...labels },
    },
    ...rest,
  }
}
