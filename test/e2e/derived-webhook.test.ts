// Rules and match conditions that are derived from bindings, in an API server that follows them: it asks about a request where a
// binding would judge it, and about no other. Somebody who denies everything stands where the webhook would, so that every
// request tells whether it was asked about.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Binding } from '../../src/bundle/bundle.ts'
import type { Match } from '../../src/bundle/match.ts'
import { deriveMatchConditions } from '../../src/kubernetes/manifests/derive-match-conditions.ts'
import { deriveRules } from '../../src/kubernetes/manifests/derive-rules.ts'
import { webhookConfiguration } from '../../src/kubernetes/manifests/webhook-configuration.ts'
import { testBinding, testPolicy } from '../support/binding.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { waitFor } from './support/processes.ts'
import { type StandIn, startStandIn } from './support/stand-in.ts'
import {
  installWebhook,
  issueWebhookCertificates,
  NAMESPACE,
  SERVICE_NAME,
} from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

const bind = (match: Match, ...resources: readonly string[]): Binding =>
  testBinding({
    policy: testPolicy({ resources: resources.length > 0 ? resources : ['pods'] }),
    match,
  })

const GROUP = 'example.com'
const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
    versions: ['v1alpha1', 'v1'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      schema: { openAPIV3Schema: { type: 'object' } },
    })),
  },
}
const named = (apiVersion: string, kind: string, name: string, rest: object = {}): object => ({
  apiVersion,
  kind,
  metadata: { name },
  ...rest,
})
const scaler = (version: string): object =>
  named(`autoscaling/${version}`, 'HorizontalPodAutoscaler', 'new', {
    spec: {
      maxReplicas: 2,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'any' },
    },
  })

interface Ask {
  readonly in?: string
  readonly as?: string
  readonly groups?: readonly string[]
  readonly object?: object
  /** `delete pod kept` and the like, instead of making an object. */
  readonly command?: readonly string[]
}

type Case = readonly [what: string, ask: Ask, isAsked: boolean]

/** As many as an API server's budget for a condition has to do for. */
const MANY = Array.from(
  { length: 1_000 },
  (_, index) => `oidc:a-group-of-sixty-characters-as-directories-have:${index}`,
)

const BUNDLES: readonly (readonly [string, readonly Binding[], readonly Case[]])[] = [
  [
    'namespaces of several bindings',
    [
      bind({ namespaces: ['core-*'] }, 'pods', 'namespaces'),
      bind({ namespaces: ['shop'] }, 'pods', 'namespaces'),
    ],
    [
      ['one that fits', { in: 'core-a' }, true],
      ['another binding’s', { in: 'shop' }, true],
      ['one that does not fit', { in: 'dev' }, false],
      ['one that begins as one that does', { in: 'shop-b' }, false],
      [
        'what is about another resource',
        { in: 'core-a', object: named('v1', 'ConfigMap', 'new') },
        false,
      ],
      ['a Namespace of that name', { command: ['annotate', 'namespace', 'shop', 'a=b'] }, true],
      ['a Namespace that is made', { object: named('v1', 'Namespace', 'core-new') }, true],
      ['a Namespace of another name', { object: named('v1', 'Namespace', 'other') }, false],
    ],
  ],
  [
    'namespaces that are left out, and what is in none',
    [
      bind(
        { excludedNamespaces: ['core-*', '*shop*'] },
        'pods',
        'rbac.authorization.k8s.io/clusterroles',
      ),
    ],
    [
      ['one that is left', { in: 'dev' }, true],
      ['one that is left out', { in: 'core-a' }, false],
      ['another one', { in: 'shop-b' }, false],
      [
        'what is in no namespace',
        { object: named('rbac.authorization.k8s.io/v1', 'ClusterRole', 'new') },
        true,
      ],
    ],
  ],
  [
    'users and groups',
    [
      bind({ users: ["o'neil.*@example.com", 'a\\d+'] }),
      bind({ groups: ['ops:*', '(a|b)'], namespaces: ['dev'] }),
    ],
    [
      ['a user who fits', { in: 'dev', as: "o'neil.x@example.com" }, true],
      ['a dot is a dot', { in: 'dev', as: "o'neilxx@example.com" }, false],
      ['a backslash is one', { in: 'shop', as: 'a\\d+' }, true],
      ['it is no class of characters', { in: 'shop', as: 'a11' }, false],
      ['a group that fits', { in: 'dev', as: 'jim', groups: ['x', 'ops:eu'] }, true],
      ['parentheses are themselves', { in: 'dev', as: 'jim', groups: ['(a|b)'] }, true],
      ['and no alternatives', { in: 'dev', as: 'jim', groups: ['a'] }, false],
      [
        'a group that fits, in another namespace',
        { in: 'shop', as: 'jim', groups: ['ops:eu'] },
        false,
      ],
      ['somebody in very many groups', { in: 'dev', as: 'jim', groups: MANY }, false],
      [
        'somebody in very many groups, one of which fits',
        { in: 'dev', as: 'jim', groups: [...MANY, 'ops:eu'] },
        true,
      ],
    ],
  ],
  [
    'groups, as long as may be',
    [bind({ groups: ['x'.repeat(190), `${'y'.repeat(190)}*`] })],
    [
      ['one that fits', { in: 'dev', as: 'jim', groups: ['x'.repeat(190)] }, true],
      ['somebody in very many others', { in: 'dev', as: 'jim', groups: MANY }, false],
    ],
  ],
  [
    'operations, versions and subresources',
    [
      bind({ operations: ['DELETE'], namespaces: ['kept'] }, 'pods', 'namespaces'),
      bind({ operations: ['CONNECT'], namespaces: ['kept'] }, 'pods/exec'),
      bind({ namespaces: ['dev'] }, 'example.com/widgets', 'autoscaling/horizontalpodautoscalers'),
    ],
    [
      [
        'a deletion',
        { command: ['delete', 'pod', 'kept', '-n', 'kept', '--dry-run=server'] },
        true,
      ],
      [
        'a deletion of all',
        { command: ['delete', 'pods', '--all', '-n', 'kept', '--dry-run=server'] },
        true,
      ],
      [
        'a deletion of a Namespace',
        { command: ['delete', 'namespace', 'kept', '--dry-run=server'] },
        true,
      ],
      ['a creation', { in: 'kept' }, false],
      ['exec', { command: ['exec', 'kept', '-n', 'kept', '--', 'id'] }, true],
      ['attach', { command: ['attach', 'kept', '-n', 'kept'] }, false],
      ['a custom resource', { in: 'dev', object: named(`${GROUP}/v1`, 'Widget', 'new') }, true],
      [
        'its other version',
        { in: 'dev', object: named(`${GROUP}/v1alpha1`, 'Widget', 'new') },
        true,
      ],
      ['a resource in one version', { in: 'dev', object: scaler('v1') }, true],
      ['and in the other', { in: 'dev', object: scaler('v2') }, true],
      ['a namespace that the webhook leaves out', { in: NAMESPACE, object: scaler('v2') }, false],
    ],
  ],
]

describeInCluster('an API server', () => {
  let cluster: Cluster
  let standIn: StandIn
  let caBundle: string

  beforeAll(async () => {
    cluster = await startCluster()
    const tls = await issueWebhookCertificates()
    caBundle = Buffer.from(tls.caCertificate).toString('base64')
    expect(SERVICE_NAME).toContain(NAMESPACE)
    const namespaces = Object.fromEntries(
      ['core-a', 'shop', 'shop-b', 'dev', 'kept'].map((name) => [name, {}]),
    )
    const webhook = await installWebhook(cluster, { namespaces, replicas: 0, tls })
    await cluster.apply(WIDGETS, {
      ...pod(podSpec()),
      metadata: { name: 'kept', namespace: 'kept' },
    })
    const isServed = async (): Promise<boolean> =>
      (await cluster.ask('GET', `/apis/${GROUP}/v1/widgets`)).code === 200
    await waitFor('served', isServed)
    standIn = await startStandIn(cluster.network.address, tls)
    standIn.respond((uid, response) => {
      const apiVersion = 'admission.k8s.io/v1'
      const answer = { uid, allowed: false, status: { message: 'asked' } }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ apiVersion, kind: 'AdmissionReview', response: answer }))
    })
    await webhook.publish([cluster.network.address], standIn.port)
    return async () => {
      await standIn.stop()
      await cluster.stop()
    }
  })

  const send = async ({
    in: namespace,
    as,
    groups = [],
    object,
    command,
  }: Ask): Promise<string> => {
    const who = [
      ...(as === undefined ? [] : [`--as=${as}`, '--as-group=system:masters']),
      ...groups.map((group) => `--as-group=${group}`),
    ]
    const where = namespace === undefined ? [] : ['-n', namespace]
    const create = ['create', ...where, '--dry-run=server', '-f', '-']
    const stdin = JSON.stringify(object ?? pod(podSpec(), { name: 'new' }))
    const { stdout, stderr } = await cluster.kubectl([...(command ?? create), ...who], { stdin })
    return stdout + stderr
  }

  describe.each(BUNDLES)('with %s', (_, bindings, cases) => {
    const rules = deriveRules(bindings)
    const matchConditions = deriveMatchConditions(bindings)

    beforeAll(async () => {
      expect(matchConditions).toHaveLength(1)
      const written = webhookConfiguration({
        namespace: NAMESPACE,
        image: '',
        rules,
        matchConditions,
      })
      const { webhooks, ...rest } = written as unknown as {
        readonly webhooks: readonly { readonly clientConfig: object }[]
      }
      // By its name it shows which of them the API server heeds.
      const name = `validate-${BUNDLES.findIndex(([, each]) => each === bindings)}.portcullis.dev`
      const changed = webhooks.map((each) => ({
        ...each,
        name,
        clientConfig: { ...each.clientConfig, caBundle },
      }))
      await cluster.apply({ ...withoutComments(rest), webhooks: withoutComments(changed) })
      const [first] = cases
      await waitFor('heeded', async () =>
        (await send(first?.[1] ?? {})).includes(`"${name}" denied`),
      )
    })

    test.each(cases)('%s', async (_what, ask, isAsked) => {
      const before = standIn.asked()
      const answer = await send(ask)
      expect({ answer, isAsked: standIn.asked() > before }).toEqual({ answer, isAsked })
      expect(answer.includes('denied the request: asked')).toBe(isAsked)
      // Nothing else refuses it, a condition that fails least of all.
      if (!isAsked && ask.command === undefined)
        expect(answer).toContain('created (server dry run)')
    })
  })
})

/** As a reader of YAML has it. */
function withoutComments<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (key.startsWith('#') ? undefined : each)),
  ) as T
}
