// Bindings that could refuse what the cluster, or Portcullis itself, needs to run or to be repaired. Whether a binding could is
// found out by asking the matcher the server uses about requests that such a cluster makes.
import type { Binding } from '../../bundle/bundle.ts'
import type { Match, Operation, ResourceRule } from '../../bundle/match.ts'
import { ALL_OPERATIONS, matchBinding } from '../match.ts'
import { parseResourcePattern } from '../resource-name.ts'
import type { AdmissionRequest, UserInfo } from '../review.ts'
import { type Finding, findingAt, type LintSubject } from './finding.ts'

/** Where manifests/ puts Portcullis. */
const OWN_NAMESPACE = 'portcullis-system'

/** Nobody creates these by hand, and a node or the control plane stands still without them. */
const CRITICAL: ReadonlySet<string> = new Set([
  'nodes',
  'nodes/status',
  'pods/binding',
  'pods/eviction',
  'pods/status',
  'bindings',
  'events',
  'events.k8s.io/events',
  'serviceaccounts/token',
  'coordination.k8s.io/leases',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/subjectaccessreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'certificates.k8s.io/certificatesigningrequests',
  'certificates.k8s.io/certificatesigningrequests/approval',
  'apiregistration.k8s.io/apiservices',
])

/** As the binding's namespace these have none, or their own name. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  'namespaces',
  'nodes',
  'persistentvolumes',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'apiextensions.k8s.io/customresourcedefinitions',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'apiregistration.k8s.io/apiservices',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/subjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'certificates.k8s.io/certificatesigningrequests',
  'scheduling.k8s.io/priorityclasses',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
])

/** Those by whose hands a cluster keeps itself alive, and is repaired. */
const USERS: readonly UserInfo[] = [
  user('system:kube-controller-manager'),
  user('system:kube-scheduler'),
  user('system:apiserver', 'system:masters'),
  user('kubernetes-admin', 'system:masters'),
  user('system:node:node', 'system:nodes'),
  user(
    'system:serviceaccount:kube-system:replicaset-controller',
    'system:serviceaccounts',
    'system:serviceaccounts:kube-system',
  ),
]

export function findLockOuts(subject: LintSubject): readonly Finding[] {
  return subject.bundle.bindings
    .filter(({ validationActions }) => validationActions.includes('Deny'))
    .flatMap((binding) => {
      const at = { kind: 'binding', name: binding.name } as const
      const name = `binding \`${binding.name}\``
      const findings: Finding[] = []
      const critical = binding.policy.resources.filter(
        (each) => CRITICAL.has(each) && touches(binding, each, 'default'),
      )
      if (critical.length > 0) {
        const what = critical.map((each) => `\`${each}\``).join(', ')
        const message = `${name} could deny ${what}, without which the cluster does not run`
        findings.push(findingAt(subject, 'lint/critical-resource', at, message))
      }
      const namespaced = binding.policy.resources.filter((each) => !isClusterScoped(each))
      const reaches = (namespace: string): boolean =>
        namespaced.some((each) => touches(binding, each, namespace))
      if (reaches(OWN_NAMESPACE)) {
        const message = `${name} could deny requests in \`${OWN_NAMESPACE}\`, where Portcullis itself runs`
        findings.push(findingAt(subject, 'lint/own-namespace', at, message))
      }
      if (reaches('kube-system')) {
        const message = `${name} could deny requests in \`kube-system\``
        findings.push(findingAt(subject, 'lint/kube-system', at, message))
      }
      return findings
    })
}

/** Whether a cluster's own user could meet the binding there; selectors of objects and names of objects are taken to fit. */
function touches(binding: Binding, resource: string, namespace: string): boolean {
  const wide: Binding = { ...binding, match: widen(binding.match) }
  return USERS.some((userInfo) =>
    ALL_OPERATIONS.some(
      (operation) =>
        matchBinding(
          wide,
          request(resource, isClusterScoped(resource) ? '' : namespace, operation, userInfo),
          (name) => ({
            kind: 'found',
            object: { metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } },
          }),
        ).kind !== 'skipped',
    ),
  )
}

function widen(match: Match): Match {
  const { objectSelector: _, resourceRules, excludeResourceRules, ...rest } = match
  return {
    ...rest,
    ...(resourceRules === undefined ? {} : { resourceRules: resourceRules.map(widenRule) }),
    // A rule that leaves out some objects, or a version, leaves the others in.
    ...(excludeResourceRules === undefined
      ? {}
      : {
          excludeResourceRules: excludeResourceRules.filter(
            (each) => each.resourceNames === undefined && each.apiVersions === undefined,
          ),
        }),
  }
}

function widenRule(rule: ResourceRule): ResourceRule {
  const { resourceNames: _, apiVersions: _versions, ...rest } = rule
  return rest
}

function request(
  text: string,
  namespace: string,
  operation: Operation,
  userInfo: UserInfo,
): AdmissionRequest {
  const { group, resource, subresource } = parseResourcePattern(text)
  return {
    uid: '',
    kind: { group, version: 'v1', kind: '' },
    resource: { group, version: 'v1', resource },
    subResource: subresource,
    name: '',
    namespace,
    operation,
    userInfo,
    object: null,
    oldObject: null,
    dryRun: false,
  }
}

function isClusterScoped(text: string): boolean {
  const { group, resource } = parseResourcePattern(text)
  return CLUSTER_SCOPED.has(group === '' ? resource : `${group}/${resource}`)
}

function user(username: string, ...groups: readonly string[]): UserInfo {
  return { username, groups: [...groups, 'system:authenticated'] }
}
