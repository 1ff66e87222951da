// CustomResourceDefinitions of cert-manager's kinds, with the fields that ours use. Source: cert-manager/cert-manager v1.19,
// pkg/apis/certmanager/v1.
type Schema = Readonly<Record<string, unknown>>

const text: Schema = { type: 'string' }
const texts: Schema = { type: 'array', items: text }

function object(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []) {
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

const SPECS: Readonly<Record<string, Schema>> = {
  Issuer: object({
    selfSigned: object({ crlDistributionPoints: texts }),
    ca: object({ secretName: text }, ['secretName']),
  }),
  Certificate: object(
    {
      commonName: text,
      dnsNames: texts,
      duration: text,
      renewBefore: text,
      isCA: { type: 'boolean' },
      secretName: text,
      usages: {
        type: 'array',
        items: { type: 'string', enum: ['digital signature', 'server auth'] },
      },
      privateKey: object({
        algorithm: { type: 'string', enum: ['RSA', 'ECDSA', 'Ed25519'] },
        size: { type: 'integer' },
        rotationPolicy: { type: 'string', enum: ['Never', 'Always'] },
      }),
      issuerRef: object({ kind: text, name: text, group: text }, ['name']),
    },
    ['secretName', 'issuerRef'],
  ),
}

export function certManagerDefinitions(): readonly object[] {
  const group = 'cert-manager.io'
  return Object.entries(SPECS).map(([kind, spec]) => {
    const plural = `${kind.toLowerCase()}s`
    const openAPIV3Schema = object({
      apiVersion: text,
      kind: text,
      metadata: { type: 'object' },
      spec,
    })
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        names: { kind, plural, singular: kind.toLowerCase() },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    }
  })
}
