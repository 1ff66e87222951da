import type { Binding, Policy } from '../../src/bundle/bundle.ts'

export function testPolicy(overrides: Partial<Policy> = {}): Policy {
  return {
    name: 'host-network',
    entrypoint: 'host_network/violation',
    title: 'No host network',
    description: 'Pods stay off the network of their node.',
    severity: 'high',
    remediation: 'Remove hostNetwork.',
    resources: ['pods'],
    relatedResources: [],
    parameterSchema: { type: 'object' },
    ...overrides,
  }
}

export function testBinding(overrides: Partial<Binding> = {}): Binding {
  return {
    name: 'no-host-network',
    policy: testPolicy(),
    match: {},
    parameters: {},
    validationActions: ['Deny'],
    failurePolicy: 'Fail',
    ...overrides,
  }
}
