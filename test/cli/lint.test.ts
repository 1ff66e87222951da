import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Binding, Exception, Policy } from '../../src/bundle/bundle.ts'
import type { Match } from '../../src/bundle/match.ts'
import { lintableFolder } from '../../src/cli/lint/lint-folder.ts'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { lintBundle, type LintResult } from '../../src/policy/lint/lint-bundle.ts'
import { createSourceFile, positionAt } from '../../src/source/source-file.ts'
import { testBinding, testPolicy } from '../support/bundle-parts.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { portcullis, ROOT } from '../support/portcullis.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const SYSTEM = ['portcullis-system', 'kube-*']

function codes({ findings, diagnostics }: LintResult): readonly string[] {
  return [...findings.map(({ diagnostic }) => diagnostic.code), ...diagnostics.map((d) => d.code)]
}

function lint(bindings: readonly Binding[], exceptions: readonly Exception[] = []): LintResult {
  const policies = [...new Set(bindings.map(({ policy }) => policy))]
  return lintBundle({ bundle: { policies, bindings, exceptions }, now: NOW })
}

const policy: Policy = testPolicy('p')

function bind(match: Match, rest: Partial<Binding> = {}): Binding {
  const wholly = { excludedNamespaces: SYSTEM, ...match }
  return { ...testBinding(policy, { match: wholly }), ...rest }
}

describe('lint of bindings', () => {
  test('finds nothing in one that leaves the namespaces of the system out', () => {
    expect(codes(lint([bind({})]))).toEqual([])
  })

  test.each<[string, Match, string[]]>([
    ['none is left out', {}, ['lint/own-namespace', 'lint/kube-system']],
    ['one is left out', { excludedNamespaces: ['kube-system'] }, ['lint/own-namespace']],
    ['globs name others only', { namespaces: ['core-*'] }, []],
    [
      'a selector leaves them out by the name that the API server sets',
      {
        namespaceSelector: {
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: ['kube-system', 'portcullis-system'],
            },
          ],
        },
      },
      [],
    ],
    [
      'a selector asks for a label that they lack',
      { namespaceSelector: { matchLabels: { environment: 'production' } } },
      [],
    ],
    [
      'a selector leaves out what an owner may label',
      { namespaceSelector: { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] } },
      ['lint/own-namespace', 'lint/kube-system'],
    ],
    ['only others than the system ask', { users: ['system:serviceaccount:ci:*'] }, []],
    [
      'the system asks as well',
      { groups: ['system:authenticated'] },
      ['lint/own-namespace', 'lint/kube-system'],
    ],
  ])('the own namespace and kube-system: %s', (_name, match, expected) => {
    expect(codes(lint([testBinding(policy, { match })]))).toEqual(expected)
  })

  test('a binding that only warns locks nobody out', () => {
    const warns: Binding = { ...testBinding(policy), validationActions: ['Warn', 'Audit'] }
    expect(codes(lint([warns]))).toEqual([])
  })

  test('leases, and what else a cluster cannot run without', () => {
    const leases: Policy = { ...policy, resources: ['coordination.k8s.io/leases', 'nodes'] }
    const found = lint([{ ...bind({}), policy: leases }])
    expect(codes(found)).toEqual(['lint/critical-resource'])
    expect(found.findings[0]?.diagnostic.message).toContain('leases`, `nodes`')
    const narrowed = bind({ resourceRules: [{ resources: ['configmaps'] }] })
    const wide: Policy = { ...policy, resources: ['coordination.k8s.io/leases', 'configmaps'] }
    expect(codes(lint([{ ...narrowed, policy: wide }]))).toEqual(['lint/uncovered-resource'])
  })

  test('Ignore on a binding that denies', () => {
    expect(codes(lint([bind({}, { failurePolicy: 'Ignore' })]))).toEqual(['lint/ignored-failure'])
    const warns = bind({}, { failurePolicy: 'Ignore', validationActions: ['Warn'] })
    expect(codes(lint([warns]))).toEqual([])
  })

  test.each<[string, Match]>([
    [
      'namespaces that are left out again',
      { namespaces: ['a-*', 'kube-system'], excludedNamespaces: ['a*', 'kube-*'] },
    ],
    [
      'namespaces of cluster-scoped objects',
      {
        namespaces: ['a'],
        resourceRules: [
          { resources: ['pods', 'pods/ephemeralcontainers', 'apps/deployments'], scope: 'Cluster' },
        ],
      },
    ],
    [
      'operations that no rule has',
      {
        operations: ['DELETE'],
        resourceRules: [
          {
            resources: ['pods', 'pods/ephemeralcontainers', 'apps/deployments'],
            operations: ['CREATE'],
          },
        ],
      },
    ],
    [
      'a label with two values',
      {
        objectSelector: {
          matchLabels: { a: 'b' },
          matchExpressions: [{ key: 'a', operator: 'In', values: ['c'] }],
        },
      },
    ],
    [
      'a label that is there and is not',
      {
        namespaceSelector: {
          matchExpressions: [
            { key: 'a', operator: 'Exists' },
            { key: 'a', operator: 'DoesNotExist' },
          ],
        },
      },
    ],
    [
      'a name among no namespaces',
      {
        namespaces: ['a-*'],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'b' } },
      },
    ],
  ])('can never match: %s', (_name, match) => {
    expect(codes(lint([bind(match)]))).toEqual(['lint/never-matches'])
  })

  test('all of its resources left out: never matches, and the policy is asked nothing', () => {
    const found = lint([bind({ excludeResourceRules: [{ resources: ['*/*'] }] })])
    expect(codes(found)).toEqual(['lint/never-matches', 'lint/uncovered-resource'])
    const some = [{ resources: ['*/*'], resourceNames: ['x'] }]
    expect(codes(lint([bind({ excludeResourceRules: some })]))).toEqual([])
  })

  test('a binding twice, and one that a wider one holds', () => {
    expect(codes(lint([bind({}, { name: 'a' }), bind({}, { name: 'b' })]))).toEqual([
      'lint/same-binding',
    ])
    const narrow = bind({ namespaces: ['a'] }, { name: 'narrow' })
    const found = lint([narrow, bind({}, { name: 'wide' })])
    expect(codes(found)).toEqual(['lint/shadowed-binding'])
    expect(found.findings[0]?.subject.name).toBe('narrow')
    const deletes = bind({ operations: ['DELETE'] }, { name: 'deletes' })
    expect(codes(lint([deletes, bind({}, { name: 'wide' })]))).toEqual([])
    const others = bind({ namespaces: ['a'] }, { name: 'others', parameters: { a: 1 } })
    expect(codes(lint([others, bind({}, { name: 'wide' })]))).toEqual([])
    const warns = bind({}, { name: 'wide', validationActions: ['Warn'] })
    expect(codes(lint([narrow, warns]))).toEqual([])
  })

  test('a policy that nobody binds, and one on pods that never sees ephemeral containers', () => {
    const pods: Policy = { ...testPolicy('q'), resources: ['pods'] }
    const bindings = [bind({})]
    const result = lintBundle({
      bundle: { policies: [policy, pods], bindings, exceptions: [] },
      now: NOW,
    })
    expect(codes(result)).toEqual(['lint/unused-policy', 'lint/no-ephemeral-containers'])
  })

  test.each([
    ['2026-11-20', ['bundle/expired-exception']],
    ['2026-11-21', []],
    ['2027-11-21', []],
    ['2027-11-23', ['lint/long-exception']],
  ])('an exception until %s', (expires, expected) => {
    const exception: Exception = {
      name: 'x',
      binding: 'p',
      match: { namespaces: ['a'] },
      owner: 'team-a',
      reason: 'legacy',
      expires,
    }
    expect(codes(lint([bind({})], [exception]))).toEqual(expected)
  })
})

describe.skipIf(!hasCompiler('lint of folders'))('lint of a folder', () => {
  let compiler: Compiler
  let folder: string
  beforeAll(async () => {
    compiler = await loadCompiler(locateCompiler())
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const HEAD = `# METADATA
# title: P
# description: D.
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         given: { type: string, default: x }
#         maybe: { type: string }
# custom: { severity: low, remediation: R., resources: [pods, pods/ephemeralcontainers] }
package p

`
  const ENTRY = `# METADATA
# scope: document
# entrypoint: true
`
  const BUNDLE = `apiVersion: portcullis.dev/v1
kind: Bundle
metadata: { name: b }
spec:
  bindings:
    - name: p
      policy: p
      match: { excludedNamespaces: [portcullis-system, kube-system] }
`

  function lintFolder(rego: string, bundle = BUNDLE) {
    const files = [
      createSourceFile('d/bundle.yaml', bundle),
      createSourceFile('d/p/policy.rego', HEAD + ENTRY + rego),
    ]
    const { subject, modules, diagnostics } = lintableFolder({ directory: 'd', files }, compiler)
    if (subject === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
    return lintBundle({ ...subject, now: NOW }, modules)
  }

  function violation(body: string): string {
    return `violation contains {"msg": "m"} if {\n${body}\n}\n\nf(x) if x in [1, "1"]\n\nlists := [input.request.object.spec[l] | some l in ["containers", "initContainers", "ephemeralContainers"]]\n`
  }

  test.each([
    ['not f(input.request.object.spec.x)', 'input.request.object.spec.x'],
    ['some c in lists\n\tnot f(c.image)', 'c.image'],
    ['some c in lists\n\tnot startswith(c.image, "a")', 'c.image'],
    ['not input.request.object.spec.replicas < 3', 'input.request.object.spec.replicas'],
    ['not input.request.object.spec.x in ["a"]', 'input.request.object.spec.x'],
    ['not f(lower(input.request.name))', 'input.request.name'],
    ['not lower(input.request.name) == "a"', 'input.request.name'],
    ['not f(input.parameters.maybe)', 'input.parameters.maybe'],
    ['every c in lists { not f(c.image) }', 'c.image'],
  ])('a negated call with an argument that may be undefined: %s', (body, argument) => {
    // OPA itself: on an object without the field the body is undefined, and not true.
    const found = lintFolder(violation(`\t${body}`))
    expect(codes(found)).toEqual(['lint/undefined-negation'])
    const { diagnostic } = found.findings[0] ?? {}
    expect(diagnostic?.message).toContain(`\`${argument}\``)
    const label = diagnostic?.primary
    expect(label?.file.text.slice(label.span.start, label.span.end)).toBe('not')
  })

  test('what OPA makes of it: the negation does not hold, so the violation is lost', () => {
    const value = (body: string) =>
      compiler.evaluate({
        sources: [createSourceFile('q.rego', `package q\nr if {\n${body}\n}\nf(x) if x == 1\n`)],
        query: 'data.q.r',
        input: {},
      }).results[0]?.expressions[0]?.value
    expect(value('not f(input.x)')).toBe(undefined)
    expect(value('not input.x < 3')).toBe(undefined)
    expect(value('not lower(input.x) == "a"')).toBe(undefined)
    expect(value('not input.x == 1')).toBe(true)
    expect(value('not input.x')).toBe(true)
    expect(value('not f(object.get(input, "x", 2))')).toBe(true)
  })

  test.each([
    'not f(object.get(input.request.object, "x", 2))',
    'not input.request.object.spec.x',
    'not input.request.object.spec.x == 1',
    'not startswith(input.request.operation, "C")',
    'not f(input.parameters.given)',
    'some c in lists\n\tnot f(c)',
    'some c in lists\n\tc.image != ""\n\tnot f(c.image)',
    'count(lists) > 0 # not f(input.x)',
  ])('no trap: %s', (body) => {
    expect(codes(lintFolder(violation(`\t${body}`)))).toEqual([])
  })

  test('a policy that looks at containers alone misses the other two lists', () => {
    const rego = `violation contains {"msg": "m"} if {
	some c in input.request.object.spec.containers # initContainers, ephemeralContainers
	c.image == ""
}
`
    const found = lintFolder(rego)
    expect(codes(found)).toEqual(['lint/no-init-containers', 'lint/no-ephemeral-containers'])
    const label = found.findings[0]?.diagnostic.primary
    expect(label?.file.path).toBe('d/p/policy.rego')
    expect(label && positionAt(label.file, label.span.start)).toEqual({ line: 18, column: 38 })
  })

  test('a comment with a reason allows a finding; one that allows nothing is told of', () => {
    const rego = violation('\tcount(lists) > 0')
    const bare = BUNDLE.replace(
      '      match: { excludedNamespaces: [portcullis-system, kube-system] }\n',
      '',
    )
    const found = lintFolder(rego, bare)
    expect(codes(found)).toEqual(['lint/own-namespace', 'lint/kube-system'])
    const place = found.findings[0]?.diagnostic.primary
    expect(place && positionAt(place.file, place.span.start)).toEqual({ line: 6, column: 13 })
    const comment = (text: string) => bare.replace('    - name: p', `    # ${text}\n    - name: p`)
    const allowed = lintFolder(
      rego,
      comment('lint-allow lint/own-namespace: left out by the webhook'),
    )
    expect(codes(allowed)).toEqual(['lint/kube-system'])
    expect(allowed.allowed).toMatchObject([{ reason: 'left out by the webhook' }])
    for (const text of [
      'lint-allow lint/own-namespace',
      'lint-allow lint/no-such-code: a reason',
      'lint-allow lint/ignored-failure: a reason',
    ]) {
      expect(codes(lintFolder(rego, comment(text)))).toEqual([
        'lint/own-namespace',
        'lint/kube-system',
        'lint/useless-allowance',
      ])
    }
  })

  test('the product’s own policies: what is found is meant, and says why', async () => {
    const { code, stdout, stderr } = await portcullis(['lint', 'policies', '-o', 'json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const report = JSON.parse(stdout) as {
      summary: object
      findings: object[]
      allowed: { code: string; file: string; line: number; docs: string; reason: string }[]
    }
    expect(report.summary).toEqual({ errors: 0, warnings: 0, allowed: 5 })
    expect(report.allowed[0]).toMatchObject({
      code: 'lint/own-namespace',
      file: 'policies/bundle.yaml',
      docs: 'docs/lint.md#lintown-namespace',
      column: 13,
    })
  })

  test('Rego that OPA’s strict checks refuse: exit 2, nothing on stdout', async () => {
    await writeFile(join(folder, 'bundle.yaml'), BUNDLE)
    const { code, stdout, stderr } = await portcullis(['lint', folder])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('error[bundle/missing-file]')
  })
})

describe('lint of an archive', () => {
  test('names the binding, and ends with 1; --fail-on error looks at errors only', async () => {
    const { code, stdout, stderr } = await portcullis(['lint', `${ROOT}policies/bundle.tgz`])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain('error[lint/own-namespace]: binding `no-host-network` could deny')
    expect(stdout).toContain('  = docs: docs/lint.md#lintown-namespace')
    expect(stdout).toMatch(/3 errors, 3 warnings\n$/)
  })
})
