export type Schema = Readonly<Record<string, unknown>>

export const text: Schema = { type: 'string' }

export function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

/** Of a kind in one version, `cert-manager.io/v1`. */
export function customResourceDefinition(
  apiVersion: string,
  kind: string,
  openAPIV3Schema: Schema,
  scope: 'Namespaced' | 'Cluster' = 'Namespaced',
): object {
  const [group = '', version = ''] = apiVersion.split('/')
  const singular = kind.toLowerCase()
  const plural = `${singular}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, singular },
      scope,
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}
