import { beforeAll, describe, expect, test } from 'vitest'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import { buildBundle } from '../../src/cli/build/build-bundle.ts'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { renderDiagnostic } from '../../src/diagnostic/render.ts'
import { createSourceFile } from '../../src/source/source-file.ts'

const POLICY = `# METADATA
# title: No host network
# description: Pods stay off the network of their node.
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         hostPorts: { type: boolean, default: false }
# custom:
#   severity: high
#   remediation: Remove hostNetwork.
#   resources: [pods, apps/deployments]
package host_network

import data.lib.pod

# METADATA
# scope: document
# entrypoint: true
violation contains {"msg": sprintf("pod %s", [pod.name]), "path": ["spec", "hostNetwork"]} if {
	pod.spec.hostNetwork == true
}
`
const LIB = `package lib.pod

spec := input.request.object.spec

name := input.request.object.metadata.name
`
const BUNDLE = `apiVersion: portcullis.dev/v1
kind: Bundle
metadata: { name: baseline }
spec:
  bindings:
    - name: no-host-network
      policy: host-network
      parameters: { hostPorts: true }
`
const SOURCES = {
  'bundle.yaml': BUNDLE,
  'host-network/policy.rego': POLICY,
  'host-network/policy_test.rego': 'this is not Rego',
  'host-network/samples/other.rego': 'nor is this',
  'lib/pod.rego': LIB,
}

describe.skipIf(!hasCompiler('building bundles'))('buildBundle', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await loadCompiler(locateCompiler())
  })

  function build(overrides: Readonly<Record<string, string>> = {}, directory = 'policies') {
    const files = Object.entries({ ...SOURCES, ...overrides }).flatMap(([path, text]) =>
      text === '' ? [] : [createSourceFile(`${directory}/${path}`, text)],
    )
    return buildBundle({ directory, files }, compiler)
  }

  function rendered(overrides: Readonly<Record<string, string>>): string {
    const { archive, diagnostics } = build(overrides)
    expect(archive).toBeUndefined()
    return diagnostics.map((each) => renderDiagnostic(each, { color: false })).join('\n')
  }

  function codes(overrides: Readonly<Record<string, string>>): string[] {
    return build(overrides).diagnostics.map(({ code }) => code)
  }

  test('gives an archive that loads, with what the policy says of itself', () => {
    const { archive, diagnostics } = build()
    expect(diagnostics).toEqual([])
    const { bundle } = readBundle(archive ?? new Uint8Array(), 'bundle.tgz')
    expect(bundle).toMatchObject({
      name: 'baseline',
      policies: [
        {
          name: 'host-network',
          entrypoint: 'host_network/violation',
          title: 'No host network',
          severity: 'high',
          resources: ['pods', 'apps/deployments'],
          parameterSchema: { properties: { hostPorts: { default: false } } },
        },
      ],
      bindings: [{ name: 'no-host-network', parameters: { hostPorts: true } }],
      data: {},
    })
  })

  test('gives the same bytes for the same sources, wherever they lie and in whatever order', () => {
    const one = build()
    const other = build({}, '/elsewhere/policies')
    const files = Object.entries(SOURCES).map(([path, text]) => createSourceFile(path, text))
    const relative = buildBundle({ directory: '.', files: files.toReversed() }, compiler)
    expect(one.archive).toBeDefined()
    expect(other.archive).toEqual(one.archive)
    expect(relative.archive).toEqual(one.archive)
  })

  test('takes data from data.yaml, and refuses what would hide a package', () => {
    const { archive } = build({ 'data.yaml': 'registries: [a, b]\n' })
    const { bundle } = readBundle(archive ?? new Uint8Array(), 'bundle.tgz')
    expect(bundle?.data).toEqual({ registries: ['a', 'b'] })
    expect(codes({ 'data.json': '{"host_network":{}}' })).toEqual(['bundle/invalid-value'])
    expect(codes({ 'data.json': '[]' })).toEqual(['bundle/wrong-type'])
    expect(codes({ 'data.json': '{}', 'data.yaml': 'a: 1' })).toEqual(['bundle/invalid-value'])
    expect(codes({ 'data.yaml': 'a: 12345678901234567890' })).toEqual(['bundle/invalid-value'])
  })

  test('tells the faults of the Rego, the METADATA and the bundle in one run, each in its own file', () => {
    expect(
      rendered({
        'bundle.yaml': BUNDLE.replace('hostPorts', 'hostPort').replace('no-host', 'No-host'),
        'host-network/policy.rego': POLICY.replace('severity: high', 'severity: hihg').replace(
          'remediation:',
          'remedy:',
        ),
        'lib/pod.rego': `${LIB}\nbroken if data.lib.missing(1)\n`,
      }),
    ).toMatchInlineSnapshot(`
      "error[rego/type]: there is no function \`data.lib.missing\`
       --> policies/lib/pod.rego:7:11
        |
      7 | broken if data.lib.missing(1)
        |           ^^^^^^^^^^^^^^^^^^^
      error[bundle/invalid-policy]: \`custom\` of policy \`host-network\` lacks \`remediation\`
        --> policies/host-network/policy.rego:10:3
         |
      10 | # custom:
         |   ^^^^^^
      error[bundle/invalid-policy]: \`custom.severity\` of policy \`host-network\` must be one of \`low\`, \`medium\`, \`high\`, \`critical\`, got \`hihg\`
        --> policies/host-network/policy.rego:11:15
         |
      11 | #   severity: hihg
         |               ^^^^ did you mean \`high\`?
      error[bundle/invalid-policy]: \`custom.remedy\` is not a METADATA key that policies have
        --> policies/host-network/policy.rego:12:5
         |
      12 | #   remedy: Remove hostNetwork.
         |     ^^^^^^
         = help: known: \`severity\`, \`remediation\`, \`resources\`
      error[bundle/invalid-value]: \`spec.bindings[0].name\` is not a name, got \`No-host-network\`
       --> policies/bundle.yaml:6:13
        |
      6 |     - name: No-host-network
        |             ^^^^^^^^^^^^^^^
        = help: A name has lower-case letters, digits and \`-\`, at most 63, and starts and ends with a letter or digit.
      error[bundle/unknown-parameter]: \`hostPort\` is not a parameter of policy \`host-network\`
       --> policies/bundle.yaml:8:21
        |
      8 |       parameters: { hostPort: true }
        |                     ^^^^^^^^ did you mean \`hostPorts\`?
       ::: policies/host-network/policy.rego:5:7
        |
      5 | #   - input.parameters:
        |       ---------------- the parameters of the policy"
    `)
  })

  test('a fault in the parameter schema is told at its place in the METADATA', () => {
    expect(
      rendered({
        'host-network/policy.rego': POLICY.replace('type: boolean', 'type: bolean'),
      }),
    ).toMatchInlineSnapshot(`
      "error[bundle/invalid-policy]: \`properties.hostPorts.type\` in the parameter schema must be one of \`null\`, \`boolean\`, \`object\`, \`array\`, \`number\`, \`string\`, \`integer\`, got \`bolean\`
       --> policies/host-network/policy.rego:9:30
        |
      9 | #         hostPorts: { type: bolean, default: false }
        |                              ^^^^^^ did you mean \`boolean\`?"
    `)
  })

  test('a wrong parameter is refused, with the place where the policy declares its own', () => {
    expect(rendered({ 'bundle.yaml': BUNDLE.replace('hostPorts: true', 'hostPort: true') }))
      .toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`hostPort\` is not a parameter of policy \`host-network\`
       --> policies/bundle.yaml:8:21
        |
      8 |       parameters: { hostPort: true }
        |                     ^^^^^^^^ did you mean \`hostPorts\`?
       ::: policies/host-network/policy.rego:5:7
        |
      5 | #   - input.parameters:
        |       ---------------- the parameters of the policy"
    `)
  })

  test('an unmarked entrypoint, a policy without METADATA, and packages of other names are refused', () => {
    expect(
      rendered({
        'bundle.yaml': BUNDLE.replace('hostPorts: true', ''),
        'host-network/policy.rego': POLICY.replace('# entrypoint: true\n', ''),
        'bare/policy.rego': 'package bare\n\nviolation contains {"msg": "x"} if input.x\n',
        'renamed/policy.rego': 'package other\n\nviolation contains {"msg": "x"} if input.x\n',
        'empty/policy.rego': 'package empty\n\ndeny := 1\n',
        'Upper/policy.rego': 'package Upper\n',
      }),
    ).toMatchInlineSnapshot(`
      "error[bundle/invalid-policy]: \`Upper\` is no name for a policy’s folder
       --> policies/Upper/policy.rego:1:1
        |
      1 | package Upper
        | ^
        = help: a name has lower-case letters, digits and \`-\`, at most 63
      error[bundle/invalid-policy]: policy \`empty\` has no rule \`violation\`
       --> policies/empty/policy.rego:1:9
        |
      1 | package empty
        |         ^^^^^
        = help: its violations are the members of the partial set \`violation\`
      error[bundle/invalid-policy]: policy \`renamed\` must have the package \`renamed\`, got \`other\`
       --> policies/renamed/policy.rego:1:9
        |
      1 | package other
        |         ^^^^^
      error[bundle/invalid-policy]: the rule \`violation\` of policy \`bare\` is not marked as entrypoint
       --> policies/bare/policy.rego:3:1
        |
      3 | violation contains {"msg": "x"} if input.x
        | ^^^^^^^^^
        = help: write \`# METADATA\`, \`# scope: document\`, \`# entrypoint: true\` above it
      error[bundle/invalid-policy]: policy \`bare\` does not describe itself
       --> policies/bare/policy.rego:1:1
        |
      1 | package bare
        | ^^^^^^^
        = help: write a METADATA block above its package, with title, description and custom: severity, remediation, resources
      error[bundle/invalid-policy]: the rule \`violation\` of policy \`host-network\` is not marked as entrypoint
        --> policies/host-network/policy.rego:18:1
         |
      18 | # METADATA
         | ^^^^^^^^^^
         = help: write \`# METADATA\`, \`# scope: document\`, \`# entrypoint: true\` above it"
    `)
  })

  test.each([
    ['without scope', '# scope: document\n', ''],
    ['with a trailing comment', 'package host_network', 'package host_network # x'],
  ])('takes a policy %s', (_, from, to) => {
    expect(codes({ 'host-network/policy.rego': POLICY.replace(from, to) })).toEqual([])
  })

  test('refuses built-ins that the engine does not have', () => {
    const rego = POLICY.replace('pod.spec.hostNetwork', 'http.send({})')
    expect(codes({ 'host-network/policy.rego': rego })).toEqual(['rego/unsupported-builtin'])
  })

  test('says which file is missing', () => {
    expect(codes({ 'bundle.yaml': '' })).toEqual(['bundle/missing-file'])
    expect(codes({ 'host-network/policy.rego': '' })).toEqual([
      'bundle/missing-file',
      'bundle/unknown-policy',
    ])
  })
})
