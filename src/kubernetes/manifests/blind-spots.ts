// Where bindings would judge and API servers do not ask.
import type { Binding } from '../../bundle/bundle.ts'
import { matchSelector } from '../../policy/label-selector.ts'
import { fitsOne } from '../../policy/match.ts'
import { deriveRules } from './derive-rules.ts'
import { excludedNamespaces } from './manifest.ts'

export interface BlindSpot {
  /** `namespace kube-system`. */
  readonly what: string
  /** Names of those that would judge there, whatever labels the Namespace is given. */
  readonly bindings: readonly string[]
}

/** `own` is the Namespace of Portcullis. */
export function findBlindSpots(bindings: readonly Binding[], own: string): readonly BlindSpot[] {
  const spots = [
    ...excludedNamespaces(own).map((namespace) => ({
      what: `namespace ${namespace}`,
      bindings: bindings.filter((each) => reaches(each, namespace)),
    })),
    {
      // Source: k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules, IsExemptAdmissionConfigurationResource.
      what: 'API group admissionregistration.k8s.io, of which API servers ask no webhook',
      bindings: bindings.filter((each) =>
        deriveRules([each]).some(({ apiGroups }) =>
          apiGroups.includes('admissionregistration.k8s.io'),
        ),
      ),
    },
  ]
  return spots
    .filter((each) => each.bindings.length > 0)
    .map((each) => ({ what: each.what, bindings: each.bindings.map(({ name }) => name) }))
}

function reaches(binding: Binding, namespace: string): boolean {
  const { namespaces, excludedNamespaces: left, namespaceSelector } = binding.match
  const object = { metadata: { labels: { 'kubernetes.io/metadata.name': namespace } } }
  return (
    (namespaces === undefined || fitsOne(namespaces, namespace)) &&
    (left === undefined || !fitsOne(left, namespace)) &&
    (namespaceSelector === undefined || matchSelector(namespaceSelector, object)) &&
    deriveRules([binding]).some(
      ({ scope, apiGroups, resources }) =>
        scope !== 'Cluster' || (apiGroups.includes('') && resources.includes('namespaces')),
    )
  )
}
