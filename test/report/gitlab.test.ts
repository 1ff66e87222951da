import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { renderGitlab } from '../../src/report/gitlab.ts'
import { testPolicy } from '../support/binding.ts'
import {
  finding,
  hostileReport,
  judged,
  LIMITS,
  only,
  POD,
  reportOf,
  sampleReport,
} from './sample.ts'

interface Issue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: string
}

// Source: docs.gitlab.com, ci/testing/code_quality, "Code Quality report format".
const SCHEMA = {
  type: 'array',
  items: {
    type: 'object',
    required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
    properties: {
      description: { type: 'string', minLength: 1 },
      check_name: { type: 'string', minLength: 1 },
      fingerprint: { type: 'string', minLength: 1 },
      severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
      location: {
        type: 'object',
        required: ['path', 'lines'],
        properties: {
          path: { type: 'string', pattern: '^(?!\\./|/)' },
          lines: {
            type: 'object',
            required: ['begin'],
            properties: { begin: { type: 'integer', minimum: 1 } },
          },
        },
      },
    },
  },
}

function issuesOf(report: Parameters<typeof renderGitlab>[0]): readonly Issue[] {
  const text = renderGitlab(report)
  const validate = new Ajv2020().compile(SCHEMA)
  expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true)
  return JSON.parse(text) as readonly Issue[]
}

test('an issue an error and violation, the worst first', () => {
  expect(renderGitlab(sampleReport())).toMatchInlineSnapshot(`
    "[
      {
        "description": "no place",
        "check_name": "bundle/unreadable",
        "fingerprint": "0d20857672c0efaa1a6fba7d6b1c0995f89afa2162de0aa93fc79055359d4134",
        "severity": "blocker",
        "location": {
          "path": ".",
          "lines": {
            "begin": 1
          }
        }
      },
      {
        "description": "unexpected end of the stream",
        "check_name": "yaml/syntax",
        "fingerprint": "9492f4fcb600ed1a65966bfd76598562a892934e09ed5ae6eebb5eb580d37f8a",
        "severity": "blocker",
        "location": {
          "path": "deploy/broken.yaml",
          "lines": {
            "begin": 1
          }
        }
      },
      {
        "description": "binding \`limits\` could not judge Pod: used up 100 units of fuel",
        "check_name": "evaluation/budget-exceeded",
        "fingerprint": "7d905c5c47e132882c4d823a32ab8daf90fdd58d1bc51b11650636374c3eb926",
        "severity": "blocker",
        "location": {
          "path": "deploy/pod.yaml",
          "lines": {
            "begin": 1
          }
        }
      },
      {
        "description": "hostNetwork is true. Remove hostNetwork.",
        "check_name": "host-network",
        "fingerprint": "8975c4dd08a5010d34c3d8dcd7463c5f8b59ca99ca9c62b5a41373fda201da2e",
        "severity": "critical",
        "location": {
          "path": "deploy/web.yaml",
          "lines": {
            "begin": 12
          }
        }
      },
      {
        "description": "no owner. Set resources.limits.",
        "check_name": "container-limits",
        "fingerprint": "a9f4ca65334265c482d2fede9349340b850f225fa9e1270d959ee6a0c51c2fc9",
        "severity": "minor",
        "location": {
          "path": "deploy/pod.yaml",
          "lines": {
            "begin": 1
          }
        }
      },
      {
        "description": "container \`web\` has no cpu limit. Set resources.limits.",
        "check_name": "container-limits",
        "fingerprint": "b02f8e31c4f66dd86044d52d6ee821d418ab6121f5ccc6ba784a4f2091794be4",
        "severity": "minor",
        "location": {
          "path": "deploy/web.yaml",
          "lines": {
            "begin": 14
          }
        }
      },
      {
        "description": "command is a script. Remove hostNetwork.",
        "check_name": "host-network",
        "fingerprint": "9c06606e9ad4dfb62be70a435f4697152e85482ff317bcdae3c9920251f48d31",
        "severity": "info",
        "location": {
          "path": "deploy/web.yaml",
          "lines": {
            "begin": 17
          }
        }
      }
    ]
    "
  `)
  issuesOf(sampleReport())
  issuesOf(hostileReport().report)
  expect(issuesOf(reportOf([judged(only('a', POD), [])]))).toEqual([])
})

test('fingerprints are unique, and stay where lines move', () => {
  const prints = (text: string): readonly string[] => {
    const twice = [finding(['spec'], 'x 1'), finding(['spec'], 'x 2')]
    const all = [judged(only('a', text), twice), judged(only('b', text), twice)]
    return issuesOf(reportOf(all)).map(({ fingerprint }) => fingerprint)
  }
  expect(new Set(prints(POD)).size).toBe(4)
  expect(prints(`\n\n${POD}`)).toEqual(prints(POD))
})

test('grades follow severity, what denies one above what warns', () => {
  const of = (
    severity: 'critical' | 'high' | 'medium' | 'low',
    action: 'Deny' | 'Warn' | 'Audit',
  ) => {
    const binding = { ...LIMITS, policy: testPolicy({ severity }) }
    const all = [finding(undefined, 'x', action, binding)]
    return issuesOf(reportOf([judged(only('a', POD), all)]))[0]?.severity
  }
  const all = ['critical', 'high', 'medium', 'low'] as const
  expect(all.map((each) => of(each, 'Deny'))).toEqual(['blocker', 'critical', 'major', 'minor'])
  expect(all.map((each) => of(each, 'Warn'))).toEqual(['critical', 'major', 'minor', 'info'])
  expect(all.map((each) => of(each, 'Audit'))).toEqual(['info', 'info', 'info', 'info'])
})
