// CustomResourceDefinitions of cert-manager's kinds, with the fields that ours use. Source: cert-manager/cert-manager v1.19,
// pkg/apis/certmanager/v1.
import {
  customResourceDefinition,
  object,
  type Schema,
  text,
} from './custom-resource-definition.ts'

const texts: Schema = { type: 'array', items: text }

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
  return Object.entries(SPECS).map(([kind, spec]) =>
    customResourceDefinition(
      'cert-manager.io/v1',
      kind,
      object({ apiVersion: text, kind: text, metadata: { type: 'object' }, spec }),
    ),
  )
}
