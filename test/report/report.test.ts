import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'

import type { Decision, Failure, Finding } from '../../src/admission/decision.ts'
import type { ValidationAction } from '../../src/bundle/bundle.ts'
import { diagnostic } from '../../src/diagnostic/diagnostic.ts'
import { readResources } from '../../src/kubernetes/read-resources.ts'
import type { Resource } from '../../src/kubernetes/resource.ts'
import { renderJson } from '../../src/report/json.ts'
import { makeFinding, makeReport, type Report, type ReportRun } from '../../src/report/report.ts'
import { REPORT_SCHEMA } from '../../src/report/report-schema.ts'
import { renderText } from '../../src/report/text.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { testBinding, testPolicy } from '../support/binding.ts'

const WEB = `apiVersion: v1
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
const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {generateName: job-}\nspec: {containers: [{name: a}]}\n'

function resources(path: string, text: string): readonly Resource[] {
  return readResources(createSourceFile(path, text)).resources
}

function only(path: string, text: string): Resource {
  const [resource] = resources(path, text)
  if (resource === undefined) throw new Error('the sample holds no object')
  return resource
}

function finding(
  path: readonly (string | number)[] | undefined,
  message = 'is not allowed',
  action: ValidationAction = 'Deny',
  binding = testBinding(),
): Finding {
  return { binding, action, violation: { message, ...(path === undefined ? {} : { path }) } }
}

function decision(
  findings: readonly Finding[],
  failures: readonly Failure[] = [],
  skipped = 0,
): Decision {
  return { allowed: findings.length === 0, findings, failures, evaluated: 1, skipped }
}

const LIMITS = testBinding({
  name: 'limits',
  validationActions: ['Warn'],
  policy: testPolicy({
    name: 'container-limits',
    severity: 'medium',
    remediation: 'Set resources.limits.',
    relatedResources: [
      { ref: 'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/' },
    ],
  }),
})
const BUNDLE = { name: 'baseline', digest: `sha256:${'a'.repeat(64)}` }

function sampleRun(): ReportRun {
  const web = only('deploy/web.yaml', WEB)
  const pod = only('deploy/pod.yaml', POD)
  const broken = createSourceFile('deploy/broken.yaml', 'a: [\n')
  const template = ['spec', 'template', 'spec']
  return {
    bundle: BUNDLE,
    judged: [
      {
        resource: web,
        decision: decision(
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
          [],
          2,
        ),
      },
      {
        resource: pod,
        decision: decision(
          [finding(undefined, 'no owner', 'Warn', LIMITS)],
          [
            {
              binding: LIMITS,
              error: { code: 'budget-exceeded', message: 'used up 100 units of fuel' },
              denies: true,
            },
          ],
        ),
      },
    ],
    diagnostics: [
      diagnostic('yaml/syntax', 'unexpected end of the stream', {
        primary: { file: broken, span: { start: 3, end: 4 } },
      }),
      diagnostic('bundle/unreadable', 'no place'),
    ],
  }
}

const filesOf = (run: ReportRun) => {
  const all = [
    ...run.judged.map(({ resource }) => resource.file),
    ...run.diagnostics.flatMap(({ primary }) => (primary === undefined ? [] : [primary.file])),
  ]
  return new Map(all.map((file) => [file.path, file]))
}

describe('makeFinding', () => {
  const place = (resource: Resource, path: readonly (string | number)[] | undefined): string => {
    const { line, column, endLine, endColumn } = makeFinding(resource, finding(path))
    return `${line}:${column}-${endLine}:${endColumn}`
  }

  it.each([
    [['spec', 'template', 'spec', 'hostNetwork'], '12:24-12:28'],
    [['spec', 'template', 'spec', 'containers', 0, 'image'], '15:22-15:29'],
    [['spec', 'template', 'spec', 'containers', 0, 'resources'], '14:15-14:19'],
    [['spec', 'template', 'spec', 'containers', 0, 'command', 0], '17:19-19:27'],
    [['metadata', 'labels', 'owner'], '6:5-6:13'],
    [undefined, '7:13-7:16'],
    [[], '4:5-4:15'],
  ])('places %j, from the root of a List’s item', (path, expected) => {
    expect(place(only('web.yaml', WEB), path)).toBe(expected)
  })

  it('points at the first key of an object without a name', () => {
    expect(place(only('pod.yaml', POD), undefined)).toBe('1:1-1:11')
  })
})

describe('makeReport', () => {
  it('sums up, in an order that does not depend on that of the inputs', () => {
    const run = sampleRun()
    const report = makeReport(run)
    expect(report.summary).toEqual({
      resources: 2,
      skipped: 2,
      deny: 1,
      warn: 2,
      audit: 1,
      errors: 3,
    })
    expect(report.findings.map((each) => `${each.file}:${each.line} ${each.message}`)).toEqual([
      'deploy/pod.yaml:1 no owner',
      'deploy/web.yaml:12 hostNetwork is true',
      'deploy/web.yaml:14 container `web` has no cpu limit',
      'deploy/web.yaml:17 command is a script',
    ])
    const turned = {
      ...run,
      judged: run.judged.toReversed(),
      diagnostics: run.diagnostics.toReversed(),
    }
    expect(makeReport(turned)).toEqual(report)
  })

  it('fits its published schema, and nothing else does', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(REPORT_SCHEMA)
    const report = makeReport(sampleRun())
    const copy = (): Record<string, unknown> =>
      JSON.parse(renderJson(report)) as Record<string, unknown>
    expect(validate(copy()), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...copy(), extra: 1 })).toBe(false)
    for (const key of Object.keys(copy())) {
      const { [key]: _, ...rest } = copy()
      expect(validate(rest)).toBe(false)
    }
  })
})

it('JSON has the shape that is documented', () => {
  expect(renderJson(makeReport(sampleRun()))).toMatchInlineSnapshot(`
    "{
      "apiVersion": "portcullis.dev/v1",
      "kind": "Report",
      "bundle": {
        "name": "baseline",
        "digest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      },
      "summary": {
        "resources": 2,
        "skipped": 2,
        "deny": 1,
        "warn": 2,
        "audit": 1,
        "errors": 3
      },
      "findings": [
        {
          "binding": "limits",
          "policy": "container-limits",
          "action": "Warn",
          "severity": "medium",
          "message": "no owner",
          "path": [],
          "file": "deploy/pod.yaml",
          "line": 1,
          "column": 1,
          "endLine": 1,
          "endColumn": 11,
          "resource": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": "",
            "name": ""
          },
          "remediation": "Set resources.limits."
        },
        {
          "binding": "no-host-network",
          "policy": "host-network",
          "action": "Deny",
          "severity": "high",
          "message": "hostNetwork is true",
          "path": [
            "spec",
            "template",
            "spec",
            "hostNetwork"
          ],
          "file": "deploy/web.yaml",
          "line": 12,
          "column": 24,
          "endLine": 12,
          "endColumn": 28,
          "resource": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "namespace": "shop",
            "name": "web"
          },
          "remediation": "Remove hostNetwork."
        },
        {
          "binding": "limits",
          "policy": "container-limits",
          "action": "Warn",
          "severity": "medium",
          "message": "container \`web\` has no cpu limit",
          "path": [
            "spec",
            "template",
            "spec",
            "containers",
            0,
            "resources",
            "limits",
            "cpu"
          ],
          "file": "deploy/web.yaml",
          "line": 14,
          "column": 15,
          "endLine": 14,
          "endColumn": 19,
          "resource": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "namespace": "shop",
            "name": "web"
          },
          "remediation": "Set resources.limits."
        },
        {
          "binding": "no-host-network",
          "policy": "host-network",
          "action": "Audit",
          "severity": "high",
          "message": "command is a script",
          "path": [
            "spec",
            "template",
            "spec",
            "containers",
            0,
            "command",
            0
          ],
          "file": "deploy/web.yaml",
          "line": 17,
          "column": 19,
          "endLine": 19,
          "endColumn": 27,
          "resource": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "namespace": "shop",
            "name": "web"
          },
          "remediation": "Remove hostNetwork."
        }
      ],
      "errors": [
        {
          "code": "bundle/unreadable",
          "message": "no place",
          "file": null,
          "line": null,
          "column": null
        },
        {
          "code": "yaml/syntax",
          "message": "unexpected end of the stream",
          "file": "deploy/broken.yaml",
          "line": 1,
          "column": 4
        },
        {
          "code": "evaluation/budget-exceeded",
          "message": "binding \`limits\` could not judge Pod: used up 100 units of fuel",
          "file": "deploy/pod.yaml",
          "line": 1,
          "column": 1
        }
      ]
    }
    "
  `)
})

describe('renderText', () => {
  it('shows every finding in its source, then the errors, then the sums', () => {
    const run = sampleRun()
    const bundle = {
      ...BUNDLE,
      revision: '',
      policies: [LIMITS.policy],
      bindings: [LIMITS, testBinding()],
      wasm: new Uint8Array(),
      data: {},
    }
    const skips = new Map([['namespace', 1] as const, ['excluded', 1] as const])
    const text = renderText(makeReport(run), { color: false, files: filesOf(run), bundle, skips })
    expect(`${WEB}=====\n${text}`).toMatchInlineSnapshot(`
      "apiVersion: v1
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
      =====
      warn[container-limits]: no owner
       --> deploy/pod.yaml:1:1
        |
      1 | apiVersion: v1
        | ^^^^^^^^^^
        = object: Pod (v1)
        = binding: limits, severity medium
        = help: Set resources.limits.
        = see: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/

      deny[host-network]: hostNetwork is true
        --> deploy/web.yaml:12:24
         |
      12 |           hostNetwork: true
         |                        ^^^^
         = object: Deployment shop/web (apps/v1)
         = binding: no-host-network, severity high
         = help: Remove hostNetwork.

      warn[container-limits]: container \`web\` has no cpu limit
        --> deploy/web.yaml:14:15
         |
      14 |             - name: web
         |               ^^^^
         = object: Deployment shop/web (apps/v1)
         = binding: limits, severity medium
         = help: Set resources.limits.
         = see: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/

      audit[host-network]: command is a script
        --> deploy/web.yaml:17:19
         |
      17 |                 - |
         |                   ^
      ...
      19 |                   exec web
         |                   ^^^^^^^^
         = object: Deployment shop/web (apps/v1)
         = binding: no-host-network, severity high
         = help: Remove hostNetwork.

      error[bundle/unreadable]: no place

      error[yaml/syntax]: unexpected end of the stream
       --> deploy/broken.yaml:1:4
        |
      1 | a: [
        |    ^

      error[evaluation/budget-exceeded]: binding \`limits\` could not judge Pod: used up 100 units of fuel
       --> deploy/pod.yaml:1:1
        |
      1 | apiVersion: v1
        | ^

      2 resources, 2 bindings, 2 pairs skipped (1 by excluded, 1 by namespace): 1 denied, 2 warnings, 1 audited, 3 errors
      "
    `)
  })

  it('says that all is well in one line', () => {
    const run = {
      bundle: BUNDLE,
      judged: [{ resource: only('pod.yaml', POD), decision: decision([]) }],
      diagnostics: [],
    }
    expect(renderText(makeReport(run), { color: false, files: new Map() })).toBe(
      '1 resource, 0 pairs skipped: 0 denied, 0 warnings\n',
    )
  })

  it('colours only when asked, and the same text', () => {
    const run = sampleRun()
    const files = filesOf(run)
    const colored = renderText(makeReport(run), { color: true, files })
    expect(colored).toContain('\u001b[')
    expect(colored.replaceAll(/\p{Cc}\[[0-9;]*m/gu, '')).toBe(
      renderText(makeReport(run), { color: false, files }),
    )
  })

  it('spells out control characters wherever they come from', () => {
    const evil = '\u001b]0;x\u0007\u202e\r\n'
    const resource = only(
      `${evil}.yaml`,
      `apiVersion: v1\nkind: Pod\nmetadata: {name: "\\e]0;x\\a"}\n`,
    )
    const binding = testBinding({ name: evil, policy: testPolicy({ remediation: evil }) })
    const run: ReportRun = {
      bundle: BUNDLE,
      judged: [{ resource, decision: decision([finding(undefined, evil, 'Deny', binding)]) }],
      diagnostics: [diagnostic('yaml/syntax', evil)],
    }
    const text = renderText(makeReport(run), { color: false, files: filesOf(run) })
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  })

  it('shows a finding in a file that is not at hand without its source', () => {
    const report: Report = makeReport(sampleRun())
    const text = renderText(report, { color: false, files: new Map() })
    expect(text).toContain('--> deploy/web.yaml:12:24')
    expect(text).not.toContain('hostNetwork: true')
  })
})
