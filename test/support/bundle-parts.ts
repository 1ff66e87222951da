// Parts of bundles for tests that need no archive.
import type { Binding, Bundle, JsonObject, Policy } from '../../src/bundle/bundle.ts'
import type { Match } from '../../src/bundle/match.ts'

export function testPolicy(name: string, entrypoint = `${name}/violation`): Policy {
  return {
    name: name.replaceAll('_', '-'),
    entrypoint,
    title: name,
    description: name,
    severity: 'high',
    remediation: 'Mend it.',
    resources: ['pods', 'pods/ephemeralcontainers', 'apps/deployments'],
    relatedResources: [],
    parameterSchema: { type: 'object' },
  }
}

export function testBinding(
  policy: Policy,
  options: {
    readonly name?: string
    readonly parameters?: JsonObject
    readonly match?: Match
  } = {},
): Binding {
  return {
    name: options.name ?? policy.name,
    policy,
    match: options.match ?? {},
    parameters: options.parameters ?? {},
    validationActions: ['Deny'],
    failurePolicy: 'Fail',
  }
}

export function testBundle(
  wasm: Uint8Array,
  bindings: readonly Binding[],
  rest: Partial<Bundle> = {},
): Bundle {
  return {
    name: 'test',
    revision: '1',
    digest: `sha256:${'0'.repeat(64)}`,
    policies: [...new Set(bindings.map((each) => each.policy))],
    bindings,
    exceptions: [],
    wasm,
    data: {},
    ...rest,
  }
}
