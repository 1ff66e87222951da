// What `portcullis inspect` tells of a bundle, as data.
import type { Binding, Bundle, Exception, Policy } from '../../bundle/bundle.ts'
import { isInForce } from '../../bundle/check-exceptions.ts'
import { describeParameters, type ParameterDescription } from '../../bundle/describe-parameters.ts'
import { API_VERSION } from '../../bundle/schema/definitions.ts'

export interface Inspection {
  readonly apiVersion: string
  readonly kind: 'Inspection'
  readonly bundle: {
    readonly name: string
    readonly digest: string
    readonly revision: string
    /** Of policy.wasm, unpacked. */
    readonly moduleBytes: number
    /** The keys of `data`. */
    readonly data: readonly string[]
  }
  readonly bindings: readonly InspectedBinding[]
  readonly exceptions: readonly InspectedException[]
  readonly policies: readonly InspectedPolicy[]
}

export type InspectedBinding = Omit<Binding, 'policy'> & { readonly policy: string }

export type InspectedException = Exception & { readonly expired: boolean }

export type InspectedPolicy = Omit<Policy, 'parameterSchema'> & {
  readonly parameters: readonly ParameterDescription[]
}

/** In the order of the bundle. */
export function inspectBundle(bundle: Bundle, now: Date): Inspection {
  return {
    apiVersion: API_VERSION,
    kind: 'Inspection',
    bundle: {
      name: bundle.name,
      digest: bundle.digest,
      revision: bundle.revision,
      moduleBytes: bundle.wasm.length,
      data: Object.keys(bundle.data),
    },
    bindings: bundle.bindings.map((each) => ({ ...each, policy: each.policy.name })),
    exceptions: bundle.exceptions.map((each) => ({ ...each, expired: !isInForce(each, now) })),
    policies: bundle.policies.map((policy) => {
      const { parameterSchema: _, ...rest } = policy
      return { ...rest, parameters: describeParameters(policy) }
    }),
  }
}
