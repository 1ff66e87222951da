import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../src/kubernetes/resource.ts'
import { reportDiagnostics, reportObject } from '../../src/report/make-report.ts'
import { describeUse, stateOf } from '../../src/report/exception-use.ts'
import { renderHtml } from '../../src/report/html.ts'
import { COMMENT_BYTES, renderMarkdown } from '../../src/report/markdown.ts'
import { renderSarif } from '../../src/report/sarif.ts'
import { renderText } from '../../src/report/text.ts'
import { renderJson } from '../../src/report/json.ts'
import { REPORT_SCHEMA } from '../../src/report/report-schema.ts'
import { testBinding } from '../support/binding.ts'
import {
  BUNDLE,
  DIAGNOSTICS,
  finding,
  judged,
  LEGACY,
  only,
  POD,
  reportOf,
  sampleJudged,
  sampleReport,
  WEB,
} from './sample.ts'

const OVER = { ...LEGACY, name: 'over', expires: '2026-01-31' }

describe('the place of a finding', () => {
  const place = (resource: Resource, path: readonly (string | number)[] | undefined): string => {
    const [found] = reportObject(judged(resource, [finding(path)])).findings
    return `${found?.line}:${found?.column}-${found?.endLine}:${found?.endColumn}`
  }

  it.each([
    [['spec', 'template', 'spec', 'hostNetwork'], '12:24-12:28'],
    [['spec', 'template', 'spec', 'containers', 0, 'image'], '15:22-15:29'],
    [['spec', 'template', 'spec', 'containers', 0, 'resources'], '14:15-14:19'],
    [['spec', 'template', 'spec', 'containers', 0, 'command', 0], '17:19-19:27'],
    [['metadata', 'labels', 'owner'], '6:5-6:13'],
    [undefined, '7:13-7:16'],
    [[], '4:5-4:15'],
  ])('of %j is counted from the root of a List’s item', (path, expected) => {
    expect(place(only('web.yaml', WEB), path)).toBe(expected)
  })

  it('is the first key of an object without a name', () => {
    expect(place(only('pod.yaml', POD), undefined)).toBe('1:1-1:11')
  })
})

describe('makeReport', () => {
  it('sums up, in an order that does not depend on that of the inputs', () => {
    const report = sampleReport()
    expect(report.summary).toEqual({
      resources: 2,
      bindings: 3,
      skipped: 2,
      skippedBy: { namespace: 2 },
      deny: 1,
      warn: 2,
      audit: 1,
      suppressed: 1,
      errors: 3,
    })
    expect(report.findings.map((each) => `${each.file}:${each.line} ${each.message}`)).toEqual([
      'deploy/pod.yaml:1 no owner',
      'deploy/web.yaml:12 hostNetwork is true',
      'deploy/web.yaml:14 container `web` has no cpu limit',
      'deploy/web.yaml:17 command is a script',
    ])
    const turned = reportOf(sampleJudged().toReversed(), {
      errors: reportDiagnostics(DIAGNOSTICS.toReversed()),
    })
    expect(turned).toEqual(report)
  })

  it.each([
    ['expired', { exceptions: [OVER], matched: [OVER], excepted: [] }],
    ['used', { exceptions: [LEGACY], matched: [LEGACY], excepted: [LEGACY] }],
    ['unused', { exceptions: [LEGACY], matched: [LEGACY], excepted: [] }],
    ['unmatched', { exceptions: [LEGACY], matched: [], excepted: [] }],
  ] as const)('tells of an exception that it is %s', (state, { exceptions, matched, excepted }) => {
    const binding = testBinding()
    const object = judged(only('web.yaml', WEB), [], {
      outcomes: [{ kind: 'evaluated', binding, violations: [], fuelUsed: 0 }],
      exceptions: matched,
      excepted: excepted.map((exception) => ({
        binding,
        exception,
        violation: { message: 'is named web' },
      })),
    })
    const report = reportOf([object], { bundle: { ...BUNDLE, exceptions } })
    const [use] = report.exceptions
    if (use === undefined) throw new Error('no exception')
    expect(stateOf(use)).toBe(state)
    const tellsIt = state === 'expired' || state === 'unused'
    const name = exceptions[0].name
    expect(renderMarkdown(report, COMMENT_BYTES).includes(`| ${name} |`)).toBe(tellsIt)
    expect(renderSarif(report).includes(`"bundle/${state}-exception"`)).toBe(tellsIt)
    const options = { color: false, detail: 'verbose', files: new Map() } as const
    expect(renderText(report, options)).toContain(`  ${name}  ${describeUse(use)} (owner team-web`)
    expect(renderHtml(report, { files: new Map() })).toContain(
      `<tr class="${state}"><th scope="row">${name}`,
    )
  })

  it('counts no object that an exception’s binding could not judge', () => {
    const binding = testBinding()
    const error = { code: 'budget-exceeded', message: 'x' } as const
    const object = judged(only('web.yaml', WEB), [], {
      outcomes: [{ kind: 'failed', binding, error, fuelUsed: 0 }],
      exceptions: [LEGACY],
    })
    expect(reportOf([object]).exceptions).toMatchObject([{ matched: 0 }])
  })

  it('names what judged each object, and what left it alone', () => {
    expect(sampleReport().resources).toMatchObject([
      {
        file: 'deploy/pod.yaml',
        matched: ['no-host-network', 'limits'],
        skipped: { namespace: ['elsewhere'] },
      },
      { file: 'deploy/web.yaml', name: 'web' },
    ])
    for (const { resourceIndex, file } of sampleReport().findings) {
      expect(sampleReport().resources[resourceIndex]?.file).toBe(file)
    }
  })

  it.each([
    ['Deny', [], 'clean'],
    ['Deny', ['Warn', 'Audit'], 'clean'],
    ['Deny', ['Deny'], 'violations'],
    ['Warn', ['Audit'], 'clean'],
    ['Warn', ['Warn'], 'violations'],
    ['Audit', ['Audit'], 'violations'],
  ] as const)('from %s on, %j is %s', (failOn, actions, verdict) => {
    const findings = actions.map((action) => finding(undefined, 'x', action))
    expect(reportOf([judged(only('a', POD), findings)], { failOn }).verdict).toBe(verdict)
  })

  it('never calls clean what was not judged, whatever else was found', () => {
    expect(reportOf([]).verdict).toBe('failed')
    expect(sampleReport().verdict).toBe('failed')
  })

  it('fits its published schema, and nothing else does', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(REPORT_SCHEMA)
    const copy = (): Record<string, unknown> =>
      JSON.parse(renderJson(sampleReport())) as Record<string, unknown>
    expect(validate(copy()), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...copy(), bundle: null })).toBe(true)
    expect(validate({ ...copy(), extra: 1 })).toBe(false)
    for (const key of Object.keys(copy())) {
      const { [key]: _, ...rest } = copy()
      expect(validate(rest)).toBe(false)
    }
  })
})

describe('a fingerprint', () => {
  const path = ['spec', 'template', 'spec', 'containers', 0, 'image']
  const of = (text: string, at: readonly (string | number)[] = path, message = 'bad'): string => {
    const object = reportObject(judged(only('a.yaml', text), [finding(at, message)]))
    return object.findings[0]?.fingerprint ?? ''
  }
  const deployment = (containers: string, apiVersion = 'apps/v1', name = 'web') =>
    `apiVersion: ${apiVersion}\nkind: Deployment\nmetadata: {name: ${name}}\nspec: {template: {spec: {containers: [${containers}]}}}\n`
  const first = of(deployment('{name: a}'))

  it('stays where lines, list items, the API’s version, counts and tags change', () => {
    expect(of(`# moved\n\n${deployment('{name: a}')}`)).toBe(first)
    expect(of(deployment('{name: a}', 'apps/v1beta1'))).toBe(first)
    const [spec, template, pod, containers, , image] = path
    const second = [spec, template, pod, containers, 1, image] as string[]
    expect(of(deployment('{name: b}, {name: a}'), second)).toBe(first)
    const got = (image: string) => of(deployment('{name: a}'), path, `got "${image}"`)
    expect(got('nginx:1.27.1')).toBe(got('nginx:1.28.0'))
    expect(got('nginx:0f3a91c')).toBe(got('nginx:77b2d0e'))
  })

  it('differs by policy, object, path and message', () => {
    const others = [
      of(deployment('{name: a}', 'apps/v1', 'api')),
      of(deployment('{name: b}')),
      of(deployment('{name: a}', 'extensions/v1beta1')),
      of(deployment('{name: a}'), path, 'worse'),
      of(deployment('{name: a}'), ['spec']),
    ]
    const policy = { ...testBinding().policy, name: 'other' }
    const binding = testBinding({ policy })
    const [found] = reportObject(
      judged(only('a.yaml', deployment('{name: a}')), [finding(path, 'bad', 'Deny', binding)]),
    ).findings
    expect(new Set([first, ...others, found?.fingerprint]).size).toBe(others.length + 2)
  })
})

it('JSON has the shape that is documented', () => {
  const [, failed] = sampleJudged()
  if (failed === undefined) throw new Error('no sample')
  expect(renderJson(reportOf([failed]))).toMatchInlineSnapshot(`
    "{
      "apiVersion": "portcullis.dev/v1",
      "kind": "Report",
      "tool": {
        "name": "portcullis",
        "version": "1.2.3"
      },
      "bundle": {
        "name": "baseline",
        "digest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      },
      "verdict": "failed",
      "failOn": "Deny",
      "summary": {
        "resources": 1,
        "bindings": 3,
        "skipped": 1,
        "skippedBy": {
          "namespace": 1
        },
        "deny": 0,
        "warn": 1,
        "audit": 0,
        "suppressed": 0,
        "errors": 1
      },
      "policies": [
        {
          "name": "host-network",
          "title": "No host network",
          "description": "Pods stay off the network of their node.",
          "severity": "high",
          "remediation": "Remove hostNetwork.",
          "relatedResources": []
        },
        {
          "name": "container-limits",
          "title": "Container limits",
          "description": "A container without limits\\ncan take \`everything\`.\\n\\nEach needs them.",
          "severity": "medium",
          "remediation": "Set resources.limits.",
          "relatedResources": [
            {
              "ref": "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
              "description": "Managing resources"
            }
          ]
        }
      ],
      "bindings": [
        {
          "name": "no-host-network",
          "policy": "host-network",
          "validationActions": [
            "Deny"
          ]
        },
        {
          "name": "limits",
          "policy": "container-limits",
          "validationActions": [
            "Warn"
          ]
        },
        {
          "name": "elsewhere",
          "policy": "host-network",
          "validationActions": [
            "Deny"
          ]
        }
      ],
      "exceptions": [
        {
          "name": "legacy-web",
          "binding": "no-host-network",
          "owner": "team-web",
          "reason": "goes with the rewrite",
          "expires": "2026-12-31",
          "expired": false,
          "matched": 0,
          "used": 0
        }
      ],
      "resources": [
        {
          "apiVersion": "v1",
          "kind": "Pod",
          "namespace": "",
          "name": "",
          "file": "deploy/pod.yaml",
          "line": 1,
          "column": 1,
          "rendered": null,
          "matched": [
            "no-host-network",
            "limits"
          ],
          "skipped": {
            "namespace": [
              "elsewhere"
            ]
          }
        }
      ],
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
          "rendered": null,
          "resource": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": "",
            "name": ""
          },
          "remediation": "Set resources.limits.",
          "fingerprint": "e46cfe46639d4edf031f4cb9d1ed2efd",
          "resourceIndex": 0
        }
      ],
      "suppressed": [],
      "errors": [
        {
          "code": "evaluation/budget-exceeded",
          "message": "binding \`limits\` could not judge Pod: used up 100 units of fuel",
          "file": "deploy/pod.yaml",
          "line": 1,
          "column": 1,
          "binding": "limits",
          "resourceIndex": 0
        }
      ]
    }
    "
  `)
})
