// What stands around the Deployment.
import { comment, type YamlMap } from '../../yaml/write-yaml.ts'
import { type Manifest, manifest, NAME, SELECTOR } from './manifest.ts'

export function namespaceManifests(namespace: string): readonly Manifest[] {
  return [
    {
      file: 'namespace.yaml',
      object: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: namespace,
          labels: { ...SELECTOR, 'pod-security.kubernetes.io/enforce': 'restricted' },
        },
      },
    },
    {
      file: 'resourcequota.yaml',
      object: manifest(
        'v1',
        'ResourceQuota',
        { namespace },
        {
          ...comment(
            'Some clusters, GKE’s for instance, admit pods of this priority outside of kube-system only where a quota names it.',
          ),
          spec: {
            hard: { pods: '50' },
            scopeSelector: {
              matchExpressions: [
                {
                  scopeName: 'PriorityClass',
                  operator: 'In',
                  values: ['system-cluster-critical'],
                },
              ],
            },
          },
        },
      ),
    },
  ]
}

export function availabilityManifests(namespace: string): readonly Manifest[] {
  return [
    {
      file: 'horizontalpodautoscaler.yaml',
      object: manifest(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        { namespace },
        {
          spec: {
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
            minReplicas: 3,
            maxReplicas: 10,
            metrics: [
              {
                type: 'Resource',
                resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
              },
            ],
          },
        },
      ),
    },
    {
      file: 'poddisruptionbudget.yaml',
      object: manifest(
        'policy/v1',
        'PodDisruptionBudget',
        { namespace },
        {
          spec: {
            maxUnavailable: 1,
            ...comment('A pod that is not ready protects nobody and must not hold up a drain.'),
            unhealthyPodEvictionPolicy: 'AlwaysAllow',
            selector: { matchLabels: SELECTOR },
          },
        },
      ),
    },
  ]
}

export function networkManifests(namespace: string): readonly Manifest[] {
  return [
    {
      file: 'service.yaml',
      object: manifest(
        'v1',
        'Service',
        { namespace },
        {
          spec: {
            ...comment(
              'The operators’ listener is not here: it is for kubelets and Prometheus, pod by pod.',
            ),
            selector: SELECTOR,
            ports: [{ name: 'webhook', port: 443, targetPort: 'webhook' }],
          },
        },
      ),
    },
    {
      file: 'networkpolicy.yaml',
      object: manifest(
        'networking.k8s.io/v1',
        'NetworkPolicy',
        { namespace },
        {
          spec: {
            podSelector: { matchLabels: SELECTOR },
            policyTypes: ['Ingress', 'Egress'],
            ingress: [FROM_API_SERVERS, FROM_PROMETHEUS],
            egress: [TO_API_SERVERS],
          },
        },
      ),
    },
  ]
}

const FROM_API_SERVERS: YamlMap = {
  ...comment(
    'The API server is outside the pod network, so no selector fits it; client certificates (--client-ca-file) tell who asks.',
  ),
  ports: [{ port: 'webhook' }],
}

const FROM_PROMETHEUS: YamlMap = {
  ...comment('Metrics; kubelets reach the probes of their own pods in any case.'),
  from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  ports: [{ port: 'operator' }],
}

const TO_API_SERVERS: YamlMap = {
  ...comment(
    'The API server: by the Service’s port, and by its own where that is translated first.',
  ),
  ports: [{ port: 443 }, { port: 6443 }],
}
