// Whose certificate the replicas serve with: an overlay for each answer.
import { comment, type YamlMap } from '../../yaml/write-yaml.ts'
import { certificateAccess } from './access.ts'
import {
  type Certificates,
  type Manifest,
  manifest,
  NAME,
  serviceName,
  TLS_SECRET,
} from './manifest.ts'
import type { Overlay, Patch } from './overlay.ts'

/** Where `portcullis certs create` puts what the development overlay takes, from its own folder. */
export const CERTS_FOLDER = 'certs'

const ARGS = '/spec/template/spec/containers/0/args/-'
const TLS_PATH = '/etc/portcullis/tls'
const CERT_MANAGER = 'cert-manager.io/v1'

export function certificatesOverlay(certificates: Certificates, namespace: string): Overlay {
  switch (certificates) {
    case 'managed':
      return {
        about:
          'Certificates that the replicas make, store and renew by themselves, and tell API servers of.',
        manifests: certificateAccess(namespace),
        patches: [
          { kind: 'Deployment', operations: [{ op: 'add', path: ARGS, value: '--manage-certs' }] },
        ],
      }
    case 'cert-manager':
      return {
        about:
          'Certificates that cert-manager makes and renews, and whose CA it tells API servers of.',
        manifests: certManagerManifests(namespace),
        patches: [serveSecret(namespace), injectCa(namespace)],
      }
    case 'development':
      return {
        about: `A certificate from files, for kind and the like, or of a CA of your own: ca.crt, tls.crt and tls.key in ${CERTS_FOLDER}/,\nas \`portcullis certs create ${CERTS_FOLDER} --host ${serviceName(namespace)}\` makes them here.`,
        manifests: [],
        patches: [serveSecret(namespace)],
        generators: secretOfFiles(namespace),
      }
  }
}

/** Replicas take over what changes in the Secret. */
function serveSecret(namespace: string): Patch {
  const pod = '/spec/template/spec'
  return {
    kind: 'Deployment',
    operations: [
      { op: 'add', path: ARGS, value: `--tls-cert-file=${TLS_PATH}/tls.crt` },
      { op: 'add', path: ARGS, value: `--tls-private-key-file=${TLS_PATH}/tls.key` },
      { op: 'add', path: ARGS, value: `--tls-server-names=${serviceName(namespace)}` },
      {
        op: 'add',
        path: `${pod}/containers/0/volumeMounts`,
        value: [{ name: 'tls', mountPath: TLS_PATH, readOnly: true }],
      },
      {
        op: 'add',
        path: `${pod}/volumes`,
        value: [
          {
            name: 'tls',
            secret: { secretName: TLS_SECRET, ...comment('0440.'), defaultMode: 288 },
          },
        ],
      },
    ],
  }
}

function injectCa(namespace: string): Patch {
  return {
    kind: 'ValidatingWebhookConfiguration',
    operations: [
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { 'cert-manager.io/inject-ca-from': `${namespace}/${NAME}` },
      },
    ],
  }
}

function certManagerManifests(namespace: string): readonly Manifest[] {
  const ca = `${NAME}-ca`
  const privateKey = { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' }
  return [
    {
      file: 'issuer-selfsigned.yaml',
      object: manifest(
        CERT_MANAGER,
        'Issuer',
        { name: `${NAME}-selfsigned`, namespace },
        {
          spec: { selfSigned: {} },
        },
      ),
    },
    {
      file: 'certificate-ca.yaml',
      object: manifest(
        CERT_MANAGER,
        'Certificate',
        { name: ca, namespace },
        {
          ...comment(
            'A CA of its own: where a certificate signs itself, API servers trust the next one before replicas serve it.',
          ),
          spec: {
            isCA: true,
            commonName: ca,
            secretName: ca,
            ...comment('Ten years.'),
            duration: '87600h',
            privateKey: { ...privateKey, rotationPolicy: 'Never' },
            issuerRef: { kind: 'Issuer', name: `${NAME}-selfsigned` },
          },
        },
      ),
    },
    {
      file: 'issuer.yaml',
      object: manifest(CERT_MANAGER, 'Issuer', { namespace }, { spec: { ca: { secretName: ca } } }),
    },
    {
      file: 'certificate.yaml',
      object: manifest(
        CERT_MANAGER,
        'Certificate',
        { namespace },
        {
          spec: {
            dnsNames: [serviceName(namespace)],
            secretName: TLS_SECRET,
            ...comment('90 days, and a month to notice that it was not renewed.'),
            duration: '2160h',
            renewBefore: '720h',
            usages: ['digital signature', 'server auth'],
            privateKey,
            issuerRef: { kind: 'Issuer', name: NAME },
          },
        },
      ),
    },
  ]
}

function secretOfFiles(namespace: string): YamlMap {
  return {
    ...comment('Its name has a hash of it, so that other files are another rollout.'),
    secretGenerator: [
      {
        name: TLS_SECRET,
        namespace,
        type: 'kubernetes.io/tls',
        files: ['ca.crt', 'tls.crt', 'tls.key'].map((file) => `${CERTS_FOLDER}/${file}`),
      },
    ],
    replacements: [
      {
        source: { kind: 'Secret', name: TLS_SECRET, fieldPath: 'data.[ca.crt]' },
        targets: [
          {
            select: { kind: 'ValidatingWebhookConfiguration', name: NAME },
            fieldPaths: ['webhooks.0.clientConfig.caBundle'],
            options: { create: true },
          },
        ],
      },
    ],
  }
}
