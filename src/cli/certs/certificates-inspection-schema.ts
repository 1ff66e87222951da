import type { JsonObject } from '../../bundle/bundle.ts'
import { API_VERSION, DIALECT, SCHEMA_BASE } from '../../bundle/schema/definitions.ts'
import { closedObject } from '../closed-object.ts'

function described(description: string, schema: JsonObject): JsonObject {
  return { description, ...schema }
}

const text: JsonObject = { type: 'string' }
const time: JsonObject = { type: 'string', format: 'date-time' }

const certificate = closedObject({
  subject: described('Whose it is, a line for each part of the name.', text),
  issuer: described('By whom it is.', text),
  subjectAltNames: described('DNS names and addresses, as `DNS:localhost`.', {
    type: 'array',
    items: text,
  }),
  notBefore: described('From when on it is valid.', time),
  notAfter: described('When it expires.', time),
  fingerprint: described('Its SHA-256, in hex with colons.', text),
  isCa: described('Whether it may sign other certificates.', { type: 'boolean' }),
  daysLeft: described('Whole days until it expires; negative afterwards.', { type: 'integer' }),
})

/** Schema of what `certs inspect -o json` prints. */
export const CERTIFICATES_INSPECTION_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}certificates-inspection.schema.json`,
  title: 'CertificatesInspection',
  description: 'What `portcullis certs inspect` tells of a certificate.',
  ...closedObject(
    {
      apiVersion: described('The version of this format.', { const: API_VERSION }),
      kind: described('Always CertificatesInspection.', { const: 'CertificatesInspection' }),
      certificates: described('The certificate, and behind it its chain.', {
        type: 'array',
        items: certificate,
      }),
      keyFits: described('Whether the key is its key; absent where no key was given.', {
        type: 'boolean',
      }),
      cas: described('The CAs that were given.', { type: 'array', items: certificate }),
      faults: described('What is wrong; nothing where it is empty.', {
        type: 'array',
        items: closedObject({
          code: described('A stable name for it.', text),
          message: described('One line for people.', text),
        }),
      }),
    },
    ['keyFits'],
  ),
}
