import { expect, test } from 'vitest'
import type { Policy } from '../../src/bundle/bundle.ts'
import { ParameterCheckers } from '../../src/bundle/parameter-checker.ts'
import type { KnownPolicy } from '../../src/bundle/parse-bindings.ts'
import { parseBundleFile } from '../../src/bundle/parse-bundle-file.ts'
import { renderDiagnostic } from '../../src/diagnostic/render.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { testPolicy } from '../support/binding.ts'
import { LABELS_POLICY } from './bundle-content.ts'

const HEADER =
  'apiVersion: portcullis.dev/v1\nkind: Bundle\nmetadata: { name: baseline }\nspec:\n  bindings:\n'

function known(...policies: Policy[]): Map<string, KnownPolicy | undefined> {
  const checkers = new ParameterCheckers()
  const file = createSourceFile('schema.json', '{}')
  const place = { file, root: { kind: 'map' as const, span: { start: 0, end: 2 } }, path: [] }
  return new Map(
    policies.map((policy) => {
      const { checker, diagnostics } = checkers.compile(policy.name, policy.parameterSchema, place)
      expect(diagnostics).toEqual([])
      return [policy.name, checker && { name: policy.name, policy, checker }]
    }),
  )
}

const POLICIES = known(
  LABELS_POLICY,
  testPolicy({ parameterSchema: { type: 'object', additionalProperties: false } }),
)

function parse(text: string) {
  return parseBundleFile(createSourceFile('policies/bundle.yaml', text), POLICIES)
}

function rendered(bindings: string): string {
  const { bundle, diagnostics } = parse(HEADER + bindings)
  expect(bundle).toBeUndefined()
  return diagnostics.map((each) => renderDiagnostic(each, { color: false })).join('\n')
}

function codes(bindings: string): string[] {
  return parse(HEADER + bindings).diagnostics.map(({ code }) => code)
}

test('gives bindings with policies and defaults', () => {
  const { bundle, diagnostics } = parse(
    `${HEADER}    - name: owner\n      policy: required-labels\n      match: { namespaces: ["core-*"], operations: [DELETE] }\n`,
  )
  expect(diagnostics).toEqual([])
  expect(bundle).toMatchObject({
    name: 'baseline',
    written: [{ name: 'owner' }],
    bindings: [
      {
        name: 'owner',
        policy: LABELS_POLICY,
        match: { namespaces: ['core-*'], operations: ['DELETE'] },
        parameters: { labels: [{ key: 'owner', optional: false }] },
        validationActions: ['Deny'],
        failurePolicy: 'Fail',
      },
    ],
  })
  expect(bundle?.written[0]).not.toHaveProperty('parameters')
})

test('a wrong parameter is refused with its name, its place and what was meant', () => {
  expect(
    rendered(
      '    - name: owner\n      policy: required-labels\n      parameters: { label: [owner] }\n',
    ),
  ).toMatchInlineSnapshot(`
    "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
     --> policies/bundle.yaml:8:21
      |
    8 |       parameters: { label: [owner] }
      |                     ^^^^^ did you mean \`labels\`?"
  `)
})

test('a parameter of the wrong form is refused at the value', () => {
  expect(
    rendered(`    - name: owner
      policy: required-labels
      parameters:
        labels:
          - key: Owner!
            allowedRegex: "(team"
            optional: maybe
          - allowedRegx: x
`),
  ).toMatchInlineSnapshot(`
    "error[bundle/invalid-parameter]: parameter \`labels[0].key\` of policy \`required-labels\` is not of the form \`^[a-z./-]+$\`, got \`Owner!\`
      --> policies/bundle.yaml:10:18
       |
    10 |           - key: Owner!
       |                  ^^^^^^
    error[bundle/invalid-parameter]: parameter \`labels[0].allowedRegex\` of policy \`required-labels\` is not a regular expression that RE2 accepts, got \`(team\`
      --> policies/bundle.yaml:11:27
       |
    11 |             allowedRegex: "(team"
       |                           ^^^^^^^
    error[bundle/invalid-parameter]: parameter \`labels[0].optional\` of policy \`required-labels\` must be true or false, got a string
      --> policies/bundle.yaml:12:23
       |
    12 |             optional: maybe
       |                       ^^^^^
    error[bundle/unknown-parameter]: \`labels[1].allowedRegx\` is not a parameter of policy \`required-labels\`
      --> policies/bundle.yaml:13:13
       |
    13 |           - allowedRegx: x
       |             ^^^^^^^^^^^ did you mean \`allowedRegex\`?
    error[bundle/invalid-parameter]: parameter \`labels[1]\` of policy \`required-labels\` lacks \`key\`
      --> policies/bundle.yaml:13:13
       |
    13 |           - allowedRegx: x
       |             ^^^^^^^^^^^"
  `)
})

test('all faults of a file come in one run, each at its key or value', () => {
  expect(
    rendered(`    - name: owner
      polcy: required-labels
    - name: Owner
      policy: required-lables
      failurePolicy: fail
      validationActions: Deny
      match:
        namespaces: [Core-*]
        namspaceSelector: {}
        objectSelector:
          matchLabels: { "a/b/c": "x y" }
          matchExpressions:
            - { key: a, operator: in, values: [b] }
    - name: network
      policy: host-netwrk
    - name: network
      policy: host-network
      parameters: { hostPID: true }
`),
  ).toMatchInlineSnapshot(`
    "error[bundle/unknown-key]: unknown key \`polcy\` in \`spec.bindings[0]\`
     --> policies/bundle.yaml:7:7
      |
    7 |       polcy: required-labels
      |       ^^^^^ did you mean \`policy\`?
    error[bundle/invalid-value]: \`spec.bindings[1].name\` is not a name, got \`Owner\`
     --> policies/bundle.yaml:8:13
      |
    8 |     - name: Owner
      |             ^^^^^
      = help: A name has lower-case letters, digits and \`-\`, at most 63, and starts and ends with a letter or digit.
    error[bundle/invalid-value]: \`spec.bindings[1].failurePolicy\` must be one of \`Fail\`, \`Ignore\`, got \`fail\`
      --> policies/bundle.yaml:10:22
       |
    10 |       failurePolicy: fail
       |                      ^^^^ did you mean \`Fail\`?
    error[bundle/wrong-type]: \`spec.bindings[1].validationActions\` must be a list, got a string
      --> policies/bundle.yaml:11:26
       |
    11 |       validationActions: Deny
       |                          ^^^^
    error[bundle/invalid-value]: \`spec.bindings[1].match.namespaces[0]\` is not a namespace glob, got \`Core-*\`
      --> policies/bundle.yaml:13:22
       |
    13 |         namespaces: [Core-*]
       |                      ^^^^^^
       = help: A namespace glob is a namespace name in which \`*\` stands for any run of characters.
    error[bundle/unknown-key]: unknown key \`namspaceSelector\` in \`spec.bindings[1].match\`
      --> policies/bundle.yaml:14:9
       |
    14 |         namspaceSelector: {}
       |         ^^^^^^^^^^^^^^^^ did you mean \`namespaceSelector\`?
    error[bundle/invalid-value]: \`a/b/c\` in \`spec.bindings[1].match.objectSelector.matchLabels\` is not a label key
      --> policies/bundle.yaml:16:26
       |
    16 |           matchLabels: { "a/b/c": "x y" }
       |                          ^^^^^^^
       = help: A label key is \`[prefix/]name\`: a DNS name, then at most 63 letters, digits, \`-\`, \`_\` or \`.\` that start and end with a letter or digit.
    error[bundle/invalid-value]: \`spec.bindings[1].match.objectSelector.matchLabels["a/b/c"]\` is not a label value, got \`x y\`
      --> policies/bundle.yaml:16:35
       |
    16 |           matchLabels: { "a/b/c": "x y" }
       |                                   ^^^^^
       = help: A label value has at most 63 letters, digits, \`-\`, \`_\` or \`.\` and starts and ends with a letter or digit; it may be empty.
    error[bundle/invalid-value]: \`spec.bindings[1].match.objectSelector.matchExpressions[0].operator\` must be one of \`In\`, \`NotIn\`, \`Exists\`, \`DoesNotExist\`, got \`in\`
      --> policies/bundle.yaml:18:35
       |
    18 |             - { key: a, operator: in, values: [b] }
       |                                   ^^ did you mean \`In\`?
    error[bundle/duplicate-binding]: two bindings have the name \`network\`
      --> policies/bundle.yaml:21:13
       |
    21 |     - name: network
       |             ^^^^^^^
      ::: policies/bundle.yaml:19:13
       |
    19 |     - name: network
       |             ------- first here
    error[bundle/unknown-policy]: \`required-lables\` is not a policy of this bundle
     --> policies/bundle.yaml:9:15
      |
    9 |       policy: required-lables
      |               ^^^^^^^^^^^^^^^ did you mean \`required-labels\`?
    error[bundle/unknown-policy]: \`host-netwrk\` is not a policy of this bundle
      --> policies/bundle.yaml:20:15
       |
    20 |       policy: host-netwrk
       |               ^^^^^^^^^^^ did you mean \`host-network\`?
    error[bundle/unknown-parameter]: \`hostPID\` is not a parameter of policy \`host-network\`
      --> policies/bundle.yaml:23:21
       |
    23 |       parameters: { hostPID: true }
       |                     ^^^^^^^"
  `)
})

test.each([
  ['In without values', 'operator: In', ['bundle/missing-key']],
  ['NotIn with no values', 'operator: NotIn, values: []', ['bundle/missing-key']],
  ['Exists with values', 'operator: Exists, values: [a]', ['bundle/invalid-value']],
  ['Exists with none', 'operator: Exists, values: []', []],
  ['In with values', 'operator: In, values: [a, ""]', []],
])('holds a selector to Kubernetes’ rules: %s', (_, requirement, expected) => {
  const match = `{ objectSelector: { matchExpressions: [{ key: example.com/a, ${requirement} }] } }`
  expect(codes(`    - { name: a, policy: host-network, match: ${match} }\n`)).toEqual(expected)
})

test.each([
  ['pods', []],
  ['apps/deployments', []],
  ['deployments', ['bundle/unknown-resource']],
  ['pods/exec', ['bundle/unknown-resource']],
  ['pods/*', []],
  ['"*"', []],
  ['"*/*"', []],
  ['"*/scale"', ['bundle/unknown-resource']],
  ['apps/*', []],
  ['Pods', ['bundle/invalid-value']],
  ['a/b/c/d', ['bundle/invalid-value']],
])('asks only for resources that the policy understands: %s', (resource, expected) => {
  const match = `{ resourceRules: [{ resources: [${resource}] }] }`
  expect(codes(`    - { name: a, policy: required-labels, match: ${match} }\n`)).toEqual(expected)
})

test.each([
  ['[""]', 'pods', []],
  ['[apps]', 'deployments', []],
  ['["*"]', 'deployments', []],
  ['[apps]', 'pods', ['bundle/unknown-resource']],
  ['[apps]', 'apps/deployments', ['bundle/invalid-value', 'bundle/unknown-resource']],
])('reads apiGroups %s with resources %s', (groups, resource, expected) => {
  const match = `{ resourceRules: [{ apiGroups: ${groups}, resources: [${resource}] }] }`
  expect(codes(`    - { name: a, policy: required-labels, match: ${match} }\n`)).toEqual(expected)
})

test.each([
  ['validationActions: [Deny, Audit]', []],
  ['validationActions: [Deny, Deny]', ['bundle/invalid-value']],
  ['validationActions: []', ['bundle/invalid-value']],
  ['validationActions: [Block]', ['bundle/invalid-value']],
  ['failurePolicy: Ignore', []],
  ['match: { namespaces: [] }', ['bundle/invalid-value']],
  ['match: { namespaces: ["a.b"] }', ['bundle/invalid-value']],
  ['match: { users: ["system:*"], groups: ["system:masters"] }', []],
  ['match: { users: [""] }', ['bundle/invalid-value']],
  ['parameters: null', ['bundle/wrong-type']],
])('checks %s', (field, expected) => {
  expect(codes(`    - { name: a, policy: host-network, ${field} }\n`)).toEqual(expected)
})

test.each([
  ['', 'bundle/missing-key'],
  ['# nothing\n', 'bundle/missing-key'],
  ['a: [', 'yaml/syntax'],
  ['a: 1\na: 2\n', 'yaml/duplicate-key'],
  [`${HEADER}    - { name: a, policy: host-network }\n---\na: 1\n`, 'bundle/invalid-value'],
  ['[]', 'bundle/wrong-type'],
])('refuses the file %j', (text, code) => {
  const { bundle, diagnostics } = parse(text)
  expect(bundle).toBeUndefined()
  expect(diagnostics.map((each) => each.code)).toEqual([code])
})

test('a policy with faults of its own is there, but nothing is held against its parameters', () => {
  const policies = new Map([['host-network', undefined]])
  const text = `${HEADER}    - { name: a, policy: host-network, parameters: { x: 1 } }\n`
  const { diagnostics } = parseBundleFile(createSourceFile('bundle.yaml', text), policies)
  expect(diagnostics).toEqual([])
})

test('a file with thousands of faults is told no more than a hundred of them', () => {
  const keys = Array.from({ length: 5000 }, (_, index) => `k${index}: 1`).join(', ')
  expect(codes(`    - { name: a, policy: host-network, ${keys} }\n`)).toHaveLength(100)
})

const BOUND = `${HEADER}    - { name: a, policy: host-network }\n  exceptions:\n`
const EXCEPTION =
  'name: old, binding: a, match: { namespaces: [old] }, owner: team-cart, reason: it is being replaced, expires: 2026-12-31'

test('gives exceptions', () => {
  const { bundle, diagnostics } = parse(`${BOUND}    - { ${EXCEPTION} }\n`)
  expect(diagnostics).toEqual([])
  expect(bundle?.exceptions).toEqual([
    {
      name: 'old',
      binding: 'a',
      match: { namespaces: ['old'] },
      owner: 'team-cart',
      reason: 'it is being replaced',
      expires: '2026-12-31',
    },
  ])
})

test.each([
  ['binding: a', 'binding: b', 'bundle/unknown-binding'],
  ['match: { namespaces: [old] }', 'match: {}', 'bundle/invalid-value'],
  [
    'match: { namespaces: [old] }',
    'match: { objectSelector: { matchLabels: { a: b } } }',
    'bundle/unknown-key',
  ],
  [
    'match: { namespaces: [old] }',
    'match: { namespaceSelector: { matchLabels: { a: b } } }',
    'bundle/unknown-key',
  ],
  [
    'match: { namespaces: [old] }',
    'match: { resourceRules: [{ resources: [secrets] }] }',
    'bundle/unknown-resource',
  ],
  ['owner: team-cart, ', '', 'bundle/missing-key'],
  ['reason: it is being replaced, ', '', 'bundle/missing-key'],
  [', expires: 2026-12-31', '', 'bundle/missing-key'],
  ['expires: 2026-12-31', 'expires: 2026-02-30', 'bundle/invalid-value'],
  ['expires: 2026-12-31', 'expires: never', 'bundle/invalid-value'],
])('refuses an exception with %j made %j', (from, to, code) => {
  const { diagnostics } = parse(`${BOUND}    - { ${EXCEPTION.replace(from, to)} }\n`)
  expect(diagnostics.map((each) => each.code)).toEqual([code])
})

test('refuses two exceptions of one name', () => {
  const { diagnostics } = parse(`${BOUND}    - { ${EXCEPTION} }\n    - { ${EXCEPTION} }\n`)
  expect(diagnostics.map((each) => each.code)).toEqual(['bundle/duplicate-exception'])
})
