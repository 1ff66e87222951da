// OPA's SDK for npm. Its types declare `LoadedPolicy` by name, where its ES module has it on the default export only; this is
// the one place that knows.
import * as sdk from '@open-policy-agent/opa-wasm'

type Sdk = typeof sdk

export const { LoadedPolicy } = (sdk as unknown as { readonly default: Sdk }).default
export type LoadedPolicy = InstanceType<Sdk['LoadedPolicy']>
