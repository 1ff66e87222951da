import { comment, type YamlMap } from '../../yaml/write-yaml.ts'
import { type ManifestOptions, manifest, NAME, SELECTOR } from './manifest.ts'

/** What our own required-labels asks of workloads in production. */
const OWNER: YamlMap = { owner: 'team-platform' }

/** Without a certificate to serve with: that is for an overlay to say. */
export function deployment({ namespace, image }: ManifestOptions): YamlMap {
  return manifest(
    'apps/v1',
    'Deployment',
    { namespace, labels: OWNER },
    {
      spec: {
        ...comment(
          'No replicas: their number is the HorizontalPodAutoscaler’s, and applying this again must not take away what it\n' +
            'has added. It raises the one of a new Deployment to its minReplicas at once, with or without metrics.',
        ),
        selector: { matchLabels: SELECTOR },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: { labels: { ...SELECTOR, ...OWNER } },
          spec: podSpec(image),
        },
      },
    },
  )
}

function podSpec(image: string): YamlMap {
  return {
    serviceAccountName: NAME,
    automountServiceAccountToken: true,
    priorityClassName: 'system-cluster-critical',
    ...comment('The drain time, the webhook’s timeout, and room.'),
    terminationGracePeriodSeconds: 40,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
      (topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: SELECTOR },
      }),
    ),
    containers: [container(image)],
  }
}

function container(image: string): YamlMap {
  return {
    name: NAME,
    ...comment('It carries the bundle that the replicas judge by.'),
    image,
    args: [
      'serve',
      '--listen=0.0.0.0:8443',
      '--operator-listen=0.0.0.0:8081',
      '--watch-namespaces',
      '--drain-seconds=15',
    ],
    ports: [
      { name: 'webhook', containerPort: 8443 },
      { name: 'operator', containerPort: 8081 },
    ],
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'operator' },
      periodSeconds: 5,
      failureThreshold: 1,
    },
    livenessProbe: {
      httpGet: { path: '/livez', port: 'operator' },
      initialDelaySeconds: 10,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    resources: {
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { cpu: '2', memory: '768Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    },
  }
}
