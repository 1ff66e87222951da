// Kinds that API servers no longer serve at a version, and what to write instead. Policies name resources as they are
// served, so that such an object may be one that none of them is about. Source: Kubernetes' deprecated API migration guide
// (kubernetes.io/docs/reference/using-api/deprecation-guide).

export interface RemovedApi {
  /** The first release without it. */
  readonly since: string
  /** Undefined where there is none. */
  readonly replacement: string | undefined
}

type Row = readonly [
  apiVersion: string,
  since: string,
  replacement: string | undefined,
  kinds: string,
]

const ROWS: readonly Row[] = [
  ['extensions/v1beta1', '1.16', 'apps/v1', 'DaemonSet Deployment ReplicaSet'],
  ['extensions/v1beta1', '1.16', 'networking.k8s.io/v1', 'NetworkPolicy'],
  ['extensions/v1beta1', '1.16', undefined, 'PodSecurityPolicy'],
  ['extensions/v1beta1', '1.22', 'networking.k8s.io/v1', 'Ingress'],
  ['apps/v1beta1', '1.16', 'apps/v1', 'ControllerRevision Deployment StatefulSet'],
  [
    'apps/v1beta2',
    '1.16',
    'apps/v1',
    'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
  ],
  ['batch/v2alpha1', '1.21', 'batch/v1', 'CronJob'],
  [
    'admissionregistration.k8s.io/v1beta1',
    '1.22',
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
  ],
  ['apiextensions.k8s.io/v1beta1', '1.22', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['apiregistration.k8s.io/v1beta1', '1.22', 'apiregistration.k8s.io/v1', 'APIService'],
  ['authentication.k8s.io/v1beta1', '1.22', 'authentication.k8s.io/v1', 'TokenReview'],
  [
    'authorization.k8s.io/v1beta1',
    '1.22',
    'authorization.k8s.io/v1',
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  ],
  ['certificates.k8s.io/v1beta1', '1.22', 'certificates.k8s.io/v1', 'CertificateSigningRequest'],
  ['coordination.k8s.io/v1beta1', '1.22', 'coordination.k8s.io/v1', 'Lease'],
  ['networking.k8s.io/v1beta1', '1.22', 'networking.k8s.io/v1', 'Ingress IngressClass'],
  [
    'rbac.authorization.k8s.io/v1beta1',
    '1.22',
    'rbac.authorization.k8s.io/v1',
    'ClusterRole ClusterRoleBinding Role RoleBinding',
  ],
  ['scheduling.k8s.io/v1beta1', '1.22', 'scheduling.k8s.io/v1', 'PriorityClass'],
  [
    'storage.k8s.io/v1beta1',
    '1.22',
    'storage.k8s.io/v1',
    'CSIDriver CSINode StorageClass VolumeAttachment',
  ],
  ['autoscaling/v2beta1', '1.25', 'autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['batch/v1beta1', '1.25', 'batch/v1', 'CronJob'],
  ['discovery.k8s.io/v1beta1', '1.25', 'discovery.k8s.io/v1', 'EndpointSlice'],
  ['events.k8s.io/v1beta1', '1.25', 'events.k8s.io/v1', 'Event'],
  ['node.k8s.io/v1beta1', '1.25', 'node.k8s.io/v1', 'RuntimeClass'],
  ['policy/v1beta1', '1.25', 'policy/v1', 'PodDisruptionBudget'],
  ['policy/v1beta1', '1.25', undefined, 'PodSecurityPolicy'],
  ['autoscaling/v2beta2', '1.26', 'autoscaling/v2', 'HorizontalPodAutoscaler'],
  [
    'flowcontrol.apiserver.k8s.io/v1beta1',
    '1.26',
    'flowcontrol.apiserver.k8s.io/v1',
    'FlowSchema PriorityLevelConfiguration',
  ],
  [
    'flowcontrol.apiserver.k8s.io/v1beta2',
    '1.29',
    'flowcontrol.apiserver.k8s.io/v1',
    'FlowSchema PriorityLevelConfiguration',
  ],
  [
    'flowcontrol.apiserver.k8s.io/v1beta3',
    '1.32',
    'flowcontrol.apiserver.k8s.io/v1',
    'FlowSchema PriorityLevelConfiguration',
  ],
  ['storage.k8s.io/v1beta1', '1.27', 'storage.k8s.io/v1', 'CSIStorageCapacity'],
]

const REMOVED: ReadonlyMap<string, RemovedApi> = new Map(
  ROWS.flatMap(([apiVersion, since, replacement, kinds]) =>
    kinds.split(' ').map((kind) => [`${apiVersion} ${kind}`, { since, replacement }] as const),
  ),
)

/** Returns what became of a kind, or undefined where no release has removed it. */
export function findRemovedApi(apiVersion: string, kind: string): RemovedApi | undefined {
  return REMOVED.get(`${apiVersion} ${kind}`)
}
