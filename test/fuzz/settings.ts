// Under what the cases are judged: the default bundle as it is, and the same policies with every parameter set, on every
// operation.
import type { Binding } from '../../src/bundle/bundle.ts'
import type { BindingName, KnownNamespaces, Rules } from './oracle/expect.ts'

export const SETTING_NAMES = ['default', 'parameters'] as const
export type SettingName = (typeof SETTING_NAMES)[number]

export const NAMESPACES: KnownNamespaces = new Map<string, Readonly<Record<string, string>>>([
  ['default', {}],
  ['shop', { environment: 'production' }],
  ['staging', { environment: 'staging', production: 'environment' }],
  ['core-a', { environment: '' }],
  ['core-shop', { environment: 'production', team: 'core' }],
  ['core-', {}],
  ['kube-system', {}],
  ['kube-systems', { environment: 'Production' }],
])
/** No Namespace is known by these names; the last is that of a cluster-scoped object. */
export const STRANGE_NAMESPACES = ['core-nowhere', 'nowhere', 'core', 'Core-a', 'xcore-a', '']

/** Images from there can be longer than any that are read. */
export const LONG_REGISTRY = `${'r'.repeat(900)}.io/core`

export const RULES: Readonly<Record<SettingName, Rules>> = {
  default: {
    operations: ['CREATE', 'UPDATE'],
    parameters: {
      'no-host-network': { hostPID: false, hostIPC: false, hostPorts: false },
      'container-limits': {
        resources: ['cpu', 'memory'],
        maximum: {},
        requireRequests: false,
        exemptImages: [],
      },
      'production-owner': { labels: [{ key: 'owner' }], podTemplate: false },
      'core-registries': { registries: ['registry.example.com/core'], requireDigest: false },
    },
  },
  parameters: {
    operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
    parameters: {
      'no-host-network': { hostPID: true, hostIPC: true, hostPorts: true },
      'container-limits': {
        resources: ['cpu', 'memory'],
        // The last is where quantities with a binary suffix end.
        maximum: { cpu: 2, memory: '1Gi', 'example.com/dongle': '9223372036854775807' },
        requireRequests: true,
        exemptImages: ['registry.k8s.io/pause', 'registry.example.com/mesh/', 'docker.io/library'],
      },
      'production-owner': {
        labels: [
          { key: 'owner', allowedRegex: '^team-[a-z0-9-]+$' },
          { key: 'example.com/cost-centre', allowedRegex: '[0-9]{2}' },
        ],
        podTemplate: true,
      },
      'core-registries': {
        registries: [
          'REGISTRY.example.com:5000',
          'registry.example.com/core/',
          'docker.io/library',
          'localhost/team',
          '[fd00::1]:5000/x',
          LONG_REGISTRY,
        ],
        requireDigest: true,
      },
    },
  },
}

/** The default bundle's binding as the setting has it. */
export function applySetting(name: SettingName): (binding: Binding) => Binding {
  if (name === 'default') return (binding) => binding
  const { operations, parameters } = RULES[name]
  return (binding) => ({
    ...binding,
    match: {
      ...binding.match,
      operations: operations as NonNullable<Binding['match']['operations']>,
    },
    parameters: parameters[binding.name as BindingName] as unknown as Binding['parameters'],
  })
}
