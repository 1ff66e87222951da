// From a kind to the resource it is served as. Source: k8s.io/kubernetes v1.35, api/discovery/aggregated_v2.json, for
// the built-in kinds (a test compares); apimachinery's UnsafeGuessKindToResource for the plurals, which holds for all of
// them.
import type { GroupVersionResource } from '../policy/review.ts'

export interface ServedResource extends GroupVersionResource {
  readonly kind: string
  readonly namespaced: boolean
  /** False for a custom kind: its plural is guessed and its scope taken to be namespaced, which most are. */
  readonly known: boolean
}

interface Kinds {
  readonly cluster: readonly string[]
  readonly namespaced: readonly string[]
}

const BUILT_IN: Readonly<Record<string, Kinds>> = {
  '': {
    cluster: ['ComponentStatus', 'Namespace', 'Node', 'PersistentVolume'],
    namespaced: [
      'Binding',
      'ConfigMap',
      'Endpoints',
      'Event',
      'LimitRange',
      'PersistentVolumeClaim',
      'Pod',
      'PodTemplate',
      'ReplicationController',
      'ResourceQuota',
      'Secret',
      'Service',
      'ServiceAccount',
    ],
  },
  'admissionregistration.k8s.io': {
    cluster: [
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'MutatingWebhookConfiguration',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'ValidatingWebhookConfiguration',
    ],
    namespaced: [],
  },
  'apiextensions.k8s.io': { cluster: ['CustomResourceDefinition'], namespaced: [] },
  'apiregistration.k8s.io': { cluster: ['APIService'], namespaced: [] },
  apps: {
    cluster: [],
    namespaced: ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  },
  'authentication.k8s.io': { cluster: ['SelfSubjectReview', 'TokenReview'], namespaced: [] },
  'authorization.k8s.io': {
    cluster: ['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'],
    namespaced: ['LocalSubjectAccessReview'],
  },
  autoscaling: { cluster: [], namespaced: ['HorizontalPodAutoscaler'] },
  batch: { cluster: [], namespaced: ['CronJob', 'Job'] },
  'certificates.k8s.io': {
    cluster: ['CertificateSigningRequest', 'ClusterTrustBundle'],
    namespaced: ['PodCertificateRequest'],
  },
  'coordination.k8s.io': { cluster: [], namespaced: ['Lease', 'LeaseCandidate'] },
  'discovery.k8s.io': { cluster: [], namespaced: ['EndpointSlice'] },
  'events.k8s.io': { cluster: [], namespaced: ['Event'] },
  // Gone since 1.22, still found in files.
  extensions: {
    cluster: ['PodSecurityPolicy'],
    namespaced: ['DaemonSet', 'Deployment', 'Ingress', 'NetworkPolicy', 'ReplicaSet'],
  },
  'flowcontrol.apiserver.k8s.io': {
    cluster: ['FlowSchema', 'PriorityLevelConfiguration'],
    namespaced: [],
  },
  'internal.apiserver.k8s.io': { cluster: ['StorageVersion'], namespaced: [] },
  'networking.k8s.io': {
    cluster: ['IPAddress', 'IngressClass', 'ServiceCIDR'],
    namespaced: ['Ingress', 'NetworkPolicy'],
  },
  'node.k8s.io': { cluster: ['RuntimeClass'], namespaced: [] },
  policy: { cluster: ['PodSecurityPolicy'], namespaced: ['PodDisruptionBudget'] },
  'rbac.authorization.k8s.io': {
    cluster: ['ClusterRole', 'ClusterRoleBinding'],
    namespaced: ['Role', 'RoleBinding'],
  },
  'resource.k8s.io': {
    cluster: ['DeviceClass', 'DeviceTaintRule', 'ResourceSlice'],
    namespaced: ['ResourceClaim', 'ResourceClaimTemplate'],
  },
  'scheduling.k8s.io': { cluster: ['PriorityClass'], namespaced: ['Workload'] },
  'storage.k8s.io': {
    cluster: ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'],
    namespaced: ['CSIStorageCapacity'],
  },
  'storagemigration.k8s.io': { cluster: ['StorageVersionMigration'], namespaced: [] },
}

/** Returns the resource that a kind is served as. */
export function resourceOf(apiVersion: string, kind: string): ServedResource {
  const { group, version } = parseApiVersion(apiVersion)
  const kinds = Object.hasOwn(BUILT_IN, group) ? BUILT_IN[group] : undefined
  const isCluster = kinds?.cluster.includes(kind) === true
  return {
    group,
    version,
    resource: pluralOf(kind),
    kind,
    namespaced: !isCluster,
    known: isCluster || kinds?.namespaced.includes(kind) === true,
  }
}

/** Where objects of a built-in resource are; undefined for what is not built in. */
export function scopeOf({
  group,
  resource,
}: Pick<GroupVersionResource, 'group' | 'resource'>): 'Cluster' | 'Namespaced' | undefined {
  const kinds = Object.hasOwn(BUILT_IN, group) ? BUILT_IN[group] : undefined
  const isServedAs = (kind: string): boolean => pluralOf(kind) === resource
  if (kinds?.namespaced.some(isServedAs) === true) return 'Namespaced'
  return kinds?.cluster.some(isServedAs) === true ? 'Cluster' : undefined
}

/** `apps/v1` is a group and a version, `v1` the core group's version. */
function parseApiVersion(apiVersion: string): {
  readonly group: string
  readonly version: string
} {
  const slash = apiVersion.indexOf('/')
  return { group: apiVersion.slice(0, Math.max(0, slash)), version: apiVersion.slice(slash + 1) }
}

function pluralOf(kind: string): string {
  const singular = kind.toLowerCase()
  if (singular.endsWith('endpoints')) return singular
  if (singular.endsWith('s')) return `${singular}es`
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`
  return `${singular}s`
}
