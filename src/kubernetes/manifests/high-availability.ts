import { comment } from '../../yaml/write-yaml.ts'
import { SELECTOR } from './manifest.ts'
import type { Overlay } from './overlay.ts'

/** A component, so that it goes with any kind of certificates. */
export function highAvailability(): Overlay {
  return {
    about:
      'A zone may be lost, and a node besides: for clusters of three zones and more, whose nodes are labelled with them.',
    manifests: [],
    patches: [
      {
        kind: 'HorizontalPodAutoscaler',
        operations: [
          { op: 'replace', path: '/spec/minReplicas', value: 6 },
          { op: 'replace', path: '/spec/maxReplicas', value: 20 },
        ],
      },
      {
        kind: 'PodDisruptionBudget',
        operations: [{ op: 'replace', path: '/spec/maxUnavailable', value: '25%' }],
      },
      {
        kind: 'Deployment',
        operations: [
          {
            op: 'replace',
            path: '/spec/template/spec/topologySpreadConstraints',
            value: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: 'DoNotSchedule',
              ...comment(
                'A node that takes no pods of ours, as the control plane’s, is no place that stays empty.',
              ),
              nodeTaintsPolicy: 'Honor',
              ...comment('Each rollout by itself, so that what remains of it is spread.'),
              matchLabelKeys: ['pod-template-hash'],
              labelSelector: { matchLabels: SELECTOR },
            })),
          },
        ],
      },
    ],
  }
}
