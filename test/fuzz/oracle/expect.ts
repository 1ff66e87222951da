// What must become of a body, told without Rego and without a line of the product's.
import { type ContainerLimitsParameters, findMissingLimits } from './container-limits.ts'
import { findHostNetwork, type HostNetworkParameters } from './host-network.ts'
import { readRequest, type Request } from './request.ts'
import { findMissingLabels, type RequiredLabelsParameters } from './required-labels.ts'
import { findUntrusted, type TrustedRegistriesParameters } from './trusted-registries.ts'
import { type Path, type Subject, subjectOf, WORKLOADS } from './workload.ts'

export type Expectation =
  | { readonly kind: 'malformed' }
  | { readonly kind: 'refused'; readonly uid: string }
  | { readonly kind: 'unread'; readonly uid: string }
  | {
      readonly kind: 'decided'
      readonly uid: string
      readonly verdicts: ReadonlyMap<BindingName, Verdict>
    }

export type Verdict =
  | { readonly kind: 'skipped' }
  | { readonly kind: 'failed'; readonly code: string }
  /** The places of the faults, each once, as Kubernetes writes them. */
  | { readonly kind: 'evaluated'; readonly fields: ReadonlySet<string> }

/** The bindings of the default bundle, with the parameters that they are to be judged by. */
export interface Rules {
  readonly operations: readonly string[]
  readonly parameters: {
    readonly 'no-host-network': HostNetworkParameters
    readonly 'container-limits': ContainerLimitsParameters
    readonly 'production-owner': RequiredLabelsParameters
    readonly 'core-registries': TrustedRegistriesParameters
  }
}

export type BindingName = keyof Rules['parameters']

/** Labels of the Namespaces that are known, by name. */
export type KnownNamespaces = ReadonlyMap<string, Readonly<Record<string, string>>>

type Scope = (request: Request, namespaces: KnownNamespaces) => boolean | 'unknown'

interface Binding {
  readonly resources: readonly string[]
  /** Asked last, and only if all else fits. */
  readonly scope: Scope
  readonly find: (subject: Subject, rules: Rules) => readonly Path[]
}

// policies/bundle.yaml, and what docs/policies says each policy looks at.
const BINDINGS: Readonly<Record<BindingName, Binding>> = {
  'no-host-network': {
    resources: WORKLOADS,
    scope: () => true,
    find: (subject, { parameters }) => findHostNetwork(subject, parameters['no-host-network']),
  },
  'container-limits': {
    resources: [...WORKLOADS, 'pods/resize'],
    scope: ({ namespace }) => namespace !== 'kube-system',
    find: (subject, { parameters }) => findMissingLimits(subject, parameters['container-limits']),
  },
  'production-owner': {
    resources: WORKLOADS,
    scope: isInProduction,
    find: (subject, { parameters }) => findMissingLabels(subject, parameters['production-owner']),
  },
  'core-registries': {
    resources: [...WORKLOADS, 'pods/ephemeralcontainers'],
    scope: ({ namespace }) => namespace.startsWith('core-'),
    find: (subject, { parameters }) => findUntrusted(subject, parameters['core-registries']),
  },
}
export const BINDING_NAMES = Object.keys(BINDINGS) as readonly BindingName[]

export function expectOf(
  bytes: Uint8Array,
  rules: Rules,
  namespaces: KnownNamespaces,
): Expectation {
  const reading = readRequest(bytes)
  if (reading.kind !== 'request') return reading
  const { request } = reading
  const verdicts = new Map(
    BINDING_NAMES.map((name) => [name, judge(BINDINGS[name], request, rules, namespaces)]),
  )
  return { kind: 'decided', uid: request.uid, verdicts }
}

function judge(
  binding: Binding,
  request: Request,
  rules: Rules,
  namespaces: KnownNamespaces,
): Verdict {
  if (!binding.resources.includes(request.resource)) return { kind: 'skipped' }
  if (!rules.operations.includes(request.operation)) return { kind: 'skipped' }
  const scope = binding.scope(request, namespaces)
  if (scope === 'unknown') return { kind: 'failed', code: 'unknown-namespace' }
  if (!scope) return { kind: 'skipped' }
  const subject = subjectOf(request)
  if (subject === undefined) return { kind: 'failed', code: 'no-object' }
  return { kind: 'evaluated', fields: new Set(binding.find(subject, rules).map(writeField)) }
}

/** A cluster-scoped object fits every namespaceSelector. */
function isInProduction({ namespace }: Request, namespaces: KnownNamespaces): boolean | 'unknown' {
  if (namespace === '') return true
  const labels = namespaces.get(namespace)
  return labels === undefined ? 'unknown' : labels['environment'] === 'production'
}

/** Source: k8s.io/apimachinery/pkg/util/validation/field, Path: indices and the keys of maps stand in brackets. */
export function writeField(path: Path): string {
  const isKey = (parent: string | number | undefined): boolean =>
    parent === 'labels' || parent === 'limits' || parent === 'requests'
  return path
    .map((step, i) => (typeof step === 'number' || isKey(path[i - 1]) ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1)
}
