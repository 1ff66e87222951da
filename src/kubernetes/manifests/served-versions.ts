import type { GroupVersionResource } from '../../policy/review.ts'
import { scopeOf } from '../resource-of.ts'

/** Where a version is not sure to be served, a rule that names it may never be asked: then any is asked about. */
export const ANY_VERSION = '*'

/** What every supported API server serves of a group, k8s.io/kubernetes v1.35, api/discovery/aggregated_v2.json. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  '': ['v1'],
  'admissionregistration.k8s.io': ['v1'],
  'apiextensions.k8s.io': ['v1'],
  'apiregistration.k8s.io': ['v1'],
  apps: ['v1'],
  'authentication.k8s.io': ['v1'],
  'authorization.k8s.io': ['v1'],
  autoscaling: ['v1', 'v2'],
  batch: ['v1'],
  'certificates.k8s.io': ['v1'],
  'coordination.k8s.io': ['v1'],
  'discovery.k8s.io': ['v1'],
  'events.k8s.io': ['v1'],
  'flowcontrol.apiserver.k8s.io': ['v1'],
  'networking.k8s.io': ['v1'],
  'node.k8s.io': ['v1'],
  policy: ['v1'],
  'rbac.authorization.k8s.io': ['v1'],
  'scheduling.k8s.io': ['v1'],
  'storage.k8s.io': ['v1'],
}

/** Younger than their groups: not, or not everywhere, served at v1. */
const YOUNG: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'certificates.k8s.io/clustertrustbundles',
  'certificates.k8s.io/podcertificaterequests',
  'coordination.k8s.io/leasecandidates',
  'networking.k8s.io/ipaddresses',
  'networking.k8s.io/servicecidrs',
  'policy/podsecuritypolicies',
  'scheduling.k8s.io/workloads',
  'storage.k8s.io/volumeattributesclasses',
])

/**
 * The versions by which a rule is sure to be asked about a resource. With `matchPolicy: Equivalent` one that is served is
 * enough; all of them are named, so that policies see what the user wrote and not what it converts to.
 */
export function servedVersions({
  group,
  resource,
}: Pick<GroupVersionResource, 'group' | 'resource'>): readonly string[] {
  const isSettled = scopeOf({ group, resource }) !== undefined && !YOUNG.has(`${group}/${resource}`)
  const versions = Object.hasOwn(VERSIONS, group) ? VERSIONS[group] : undefined
  return isSettled && versions !== undefined ? versions : [ANY_VERSION]
}
