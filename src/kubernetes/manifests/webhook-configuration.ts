import { comment, type YamlMap } from '../../yaml/write-yaml.ts'
import { excludedNamespaces, type ManifestOptions, manifest, NAME } from './manifest.ts'

/** Without a caBundle: that is for whoever makes the certificate, and applying this again must not take it away. */
export function webhookConfiguration(options: ManifestOptions): YamlMap {
  const { namespace, rules, matchConditions } = options
  return manifest(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    {},
    {
      webhooks: [
        {
          name: 'validate.portcullis.dev',
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name: NAME, namespace, path: '/validate', port: 443 } },
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          sideEffects: 'None',
          timeoutSeconds: 5,
          ...comment(
            'By the name that the API server itself puts on every Namespace: a label that an owner can set exempts nobody.',
          ),
          namespaceSelector: {
            matchExpressions: [
              {
                key: 'kubernetes.io/metadata.name',
                operator: 'NotIn',
                values: excludedNamespaces(namespace),
              },
            ],
          },
          ...(matchConditions.length > 0 && {
            ...comment('No binding is about any other request, so nobody need ask.'),
            matchConditions: matchConditions.map(({ name, expression }) => ({ name, expression })),
          }),
          ...comment(
            'What the bundle’s bindings judge, and nothing else: after a change to the bundle, write this again.',
          ),
          rules: rules.map(({ apiGroups, apiVersions, resources, operations, scope }) => ({
            apiGroups,
            apiVersions,
            resources,
            operations,
            scope,
          })),
        },
      ],
    },
  )
}
