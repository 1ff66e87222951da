// Who the replicas are, and the least that they must be allowed.
import { comment, type YamlMap } from '../../yaml/write-yaml.ts'
import { type Manifest, manifest, NAME } from './manifest.ts'

const RBAC = 'rbac.authorization.k8s.io'

export function accessManifests(namespace: string): readonly Manifest[] {
  const readsNamespaces = {
    ...comment(
      'Their labels, for namespaceSelector; get is for one that the watch has not told of yet.',
    ),
    apiGroups: [''],
    resources: ['namespaces'],
    verbs: ['get', 'list', 'watch'],
  }
  return [
    {
      file: 'serviceaccount.yaml',
      object: manifest(
        'v1',
        'ServiceAccount',
        { namespace },
        {
          ...comment('The Deployment’s pods ask for it.'),
          automountServiceAccountToken: false,
        },
      ),
    },
    ...clusterRole(NAME, [readsNamespaces], namespace),
  ]
}

/** For replicas that keep their certificates themselves. */
export function certificateAccess(namespace: string): readonly Manifest[] {
  const name = `${NAME}-certificates`
  const secrets = [
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: [name],
      verbs: ['get', 'watch', 'update'],
    },
    {
      ...comment('What is not there yet has no name by which it could be allowed.'),
      apiGroups: [''],
      resources: ['secrets'],
      verbs: ['create'],
    },
  ]
  const configurations = {
    ...comment('Only its caBundle is written.'),
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations'],
    resourceNames: [NAME],
    verbs: ['get', 'watch', 'patch'],
  }
  return [
    {
      file: 'role.yaml',
      object: manifest(`${RBAC}/v1`, 'Role', { name, namespace }, { rules: secrets }),
    },
    {
      file: 'rolebinding.yaml',
      object: manifest(
        `${RBAC}/v1`,
        'RoleBinding',
        { name, namespace },
        grant('Role', name, namespace),
      ),
    },
    ...clusterRole(name, [configurations], namespace),
  ]
}

function clusterRole(
  name: string,
  rules: readonly YamlMap[],
  namespace: string,
): readonly Manifest[] {
  return [
    {
      file: 'clusterrole.yaml',
      object: manifest(`${RBAC}/v1`, 'ClusterRole', { name }, { rules }),
    },
    {
      file: 'clusterrolebinding.yaml',
      object: manifest(
        `${RBAC}/v1`,
        'ClusterRoleBinding',
        { name },
        grant('ClusterRole', name, namespace),
      ),
    },
  ]
}

function grant(kind: string, name: string, namespace: string): YamlMap {
  return {
    roleRef: { apiGroup: RBAC, kind, name },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
  }
}
