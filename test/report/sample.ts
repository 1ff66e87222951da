// A run in which everything happens, for the tests of all formats.
import type { Decision, Excepted, Failure, Finding } from '../../src/admission/decision.ts'
import type { Binding, Exception, ValidationAction } from '../../src/bundle/bundle.ts'
import { diagnostic } from '../../src/diagnostic/diagnostic.ts'
import { readResources } from '../../src/kubernetes/read-resources.ts'
import type { Resource } from '../../src/kubernetes/resource.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import { makeReport, reportDiagnostics, reportObject } from '../../src/report/make-report.ts'
import type { Report } from '../../src/report/report.ts'
import { createSourceFile, type SourceFile } from '../../src/source/source-file.ts'
import { testBinding, testPolicy } from '../support/binding.ts'

export const WEB = `apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
    spec:
      template:
        spec:
          hostNetwork: true
          containers:
            - name: web
              image: "nginx"
              command:
                - |
                  sleep 1
                  exec web
`
export const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {generateName: job-}\nspec: {containers: [{name: a}]}\n'

export function only(path: string, text: string): Resource {
  const [resource] = readResources(createSourceFile(path, text)).resources
  if (resource === undefined) throw new Error('the sample holds no object')
  return resource
}

export function finding(
  path: readonly (string | number)[] | undefined,
  message = 'is not allowed',
  action: ValidationAction = 'Deny',
  binding = testBinding(),
): Finding {
  return { binding, action, violation: { message, ...(path === undefined ? {} : { path }) } }
}

export interface Judged {
  readonly resource: Resource
  readonly decision: Decision
  readonly outcomes: readonly Outcome[]
  readonly exceptions: readonly Exception[]
}

/** What the engine would have said where it found just this. */
export function judged(
  resource: Resource,
  findings: readonly Finding[],
  rest: {
    readonly failures?: readonly Failure[]
    readonly excepted?: readonly Excepted[]
    readonly outcomes?: readonly Outcome[]
    readonly exceptions?: readonly Exception[]
  } = {},
): Judged {
  const { failures = [], excepted = [], outcomes = [], exceptions = [] } = rest
  const decision = {
    allowed: findings.length === 0,
    findings,
    excepted,
    failures,
    evaluated: 1,
    skipped: 0,
  }
  return { resource, decision, outcomes, exceptions }
}

export const LIMITS = testBinding({
  name: 'limits',
  validationActions: ['Warn'],
  policy: testPolicy({
    name: 'container-limits',
    title: 'Container limits',
    description: 'A container without limits\ncan take `everything`.\n\nEach needs them.',
    severity: 'medium',
    remediation: 'Set resources.limits.',
    relatedResources: [
      {
        ref: 'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/',
        description: 'Managing resources',
      },
    ],
  }),
})

/** Lets the web pass. */
export const LEGACY: Exception = {
  name: 'legacy-web',
  binding: 'no-host-network',
  match: {},
  owner: 'team-web',
  reason: 'goes with the rewrite',
  expires: '2026-12-31',
}

export const BUNDLE = {
  name: 'baseline',
  digest: `sha256:${'a'.repeat(64)}`,
  policies: [testBinding().policy, LIMITS.policy],
  bindings: [testBinding(), LIMITS, testBinding({ name: 'elsewhere' })],
  exceptions: [LEGACY],
}

function evaluated(binding: Binding): Outcome {
  return { kind: 'evaluated', binding, violations: [], fuelUsed: 0 }
}

export function sampleJudged(): readonly Judged[] {
  const web = only('deploy/web.yaml', WEB)
  const pod = only('deploy/pod.yaml', POD)
  const template = ['spec', 'template', 'spec']
  const skipped: Outcome = {
    kind: 'skipped',
    binding: testBinding({ name: 'elsewhere' }),
    reason: 'namespace',
  }
  return [
    judged(
      web,
      [
        finding([...template, 'hostNetwork'], 'hostNetwork is true'),
        finding([...template, 'containers', 0, 'command', 0], 'command is a script', 'Audit'),
        finding(
          [...template, 'containers', 0, 'resources', 'limits', 'cpu'],
          'container `web` has no cpu limit',
          'Warn',
          LIMITS,
        ),
      ],
      {
        outcomes: [evaluated(testBinding()), evaluated(LIMITS), skipped],
        excepted: [
          {
            binding: testBinding(),
            violation: { message: 'is named web', path: ['metadata', 'name'] },
            exception: LEGACY,
          },
        ],
        exceptions: [LEGACY],
      },
    ),
    judged(pod, [finding(undefined, 'no owner', 'Warn', LIMITS)], {
      outcomes: [evaluated(testBinding()), evaluated(LIMITS), skipped],
      failures: [
        {
          binding: LIMITS,
          error: { code: 'budget-exceeded', message: 'used up 100 units of fuel' },
          denies: true,
        },
      ],
    }),
  ]
}

export const DIAGNOSTICS = [
  diagnostic('yaml/syntax', 'unexpected end of the stream', {
    primary: {
      file: createSourceFile('deploy/broken.yaml', 'a: [\n'),
      span: { start: 3, end: 4 },
    },
  }),
  diagnostic('bundle/unreadable', 'no place'),
]

export function reportOf(
  all: readonly Judged[],
  rest: Partial<Parameters<typeof makeReport>[0]> = {},
): Report {
  return makeReport({
    version: '1.2.3',
    bundle: BUNDLE,
    failOn: 'Deny',
    now: new Date('2026-11-21T12:00:00Z'),
    objects: all.map(reportObject),
    errors: [],
    ...rest,
  })
}

export function sampleReport(): Report {
  return reportOf(sampleJudged(), { errors: reportDiagnostics(DIAGNOSTICS) })
}

export function sampleFiles(): ReadonlyMap<string, SourceFile> {
  const all = [
    ...sampleJudged().map(({ resource }) => resource.file),
    ...DIAGNOSTICS.flatMap(({ primary }) => (primary === undefined ? [] : [primary.file])),
  ]
  return new Map(all.map((file) => [file.path, file]))
}

/** Text as an attacker would have it, for names, messages and files. */
export const EVIL =
  '\u001b]0;x\u0007\u202e\r\n::error::x ##[stop-commands]x </script><img src=x onerror=alert(1)>&quot;"\'`|[x](http://evil.example) @everyone #1 ]]>\u0000\ud800'

/** A run in which every text that does not come from us is hostile. */
export function hostileReport(): {
  readonly report: Report
  readonly files: ReadonlyMap<string, SourceFile>
} {
  const text = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${JSON.stringify(EVIL)}\n  namespace: ${JSON.stringify(EVIL)}\nspec: {a: "</code></pre><script>alert(2)</script>"}\n`
  const resource = only(`a ${EVIL}.yaml`, text)
  const policy = testPolicy({
    title: EVIL,
    description: EVIL,
    remediation: EVIL,
    relatedResources: [{ ref: 'javascript:alert(3)', description: EVIL }],
  })
  const binding = testBinding({ name: EVIL, policy })
  const found = [
    finding(['spec', 'a'], EVIL, 'Deny', binding),
    finding(undefined, `${EVIL}2`, 'Warn', binding),
  ]
  const failure: Failure = {
    binding,
    error: { code: 'evaluation-failed', message: EVIL },
    denies: true,
  }
  return {
    report: reportOf(
      [judged(resource, found, { failures: [failure], outcomes: [evaluated(binding)] })],
      {
        bundle: { ...BUNDLE, policies: [policy], bindings: [binding] },
      },
    ),
    files: new Map([[resource.file.path, resource.file]]),
  }
}
