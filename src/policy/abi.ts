// The part of OPA's WebAssembly ABI, version 1.x, that the engine uses.
// https://www.openpolicyagent.org/docs/wasm#abi

/** An address in the module's memory; 0 is none. */
export type Address = number

export interface PolicyExports {
  builtins(): Address
  entrypoints(): Address
  eval(context: Address): number
  opa_eval_ctx_new(): Address
  opa_eval_ctx_set_input(context: Address, value: Address): void
  opa_eval_ctx_set_data(context: Address, value: Address): void
  opa_eval_ctx_set_entrypoint(context: Address, entrypoint: number): void
  opa_eval_ctx_get_result(context: Address): Address
  opa_heap_ptr_get(): Address
  opa_heap_ptr_set(address: Address): void
  opa_json_dump(value: Address): Address
  opa_json_parse(text: Address, length: number): Address
  opa_malloc(size: number): Address
  opa_value_add_path(root: Address, path: Address, value: Address): number
  opa_value_dump(value: Address): Address
  opa_value_parse(text: Address, length: number): Address
  opa_value_remove_path(root: Address, path: Address): number
}

export const REQUIRED_FUNCTIONS = [
  'builtins',
  'entrypoints',
  'eval',
  'opa_eval_ctx_new',
  'opa_eval_ctx_set_input',
  'opa_eval_ctx_set_data',
  'opa_eval_ctx_set_entrypoint',
  'opa_eval_ctx_get_result',
  'opa_heap_ptr_get',
  'opa_heap_ptr_set',
  'opa_json_dump',
  'opa_json_parse',
  'opa_malloc',
  'opa_value_add_path',
  'opa_value_dump',
  'opa_value_parse',
  'opa_value_remove_path',
] as const satisfies readonly (keyof PolicyExports)[]

export const ABI_VERSION = 'opa_wasm_abi_version'
export const ABI_MINOR_VERSION = 'opa_wasm_abi_minor_version'

/** Says what an instance lacks of the ABI; undefined where it has all of it. */
export function findAbiProblem(exports: WebAssembly.Exports): string | undefined {
  const missing = REQUIRED_FUNCTIONS.find((each) => typeof exports[each] !== 'function')
  if (missing !== undefined) return `it does not export the function \`${missing}\` of OPA's ABI`
  const major = readGlobal(exports, ABI_VERSION)
  if (major !== 1) return `its ABI version is ${major ?? 'not given'}, expected 1`
  if (readGlobal(exports, ABI_MINOR_VERSION) === undefined) return 'its ABI has no minor version'
  return undefined
}

/** @throws TypeError where `findAbiProblem` would have said why. */
export function asPolicyExports(exports: WebAssembly.Exports): PolicyExports {
  if (!isPolicyExports(exports)) throw new TypeError('not a policy module')
  return exports
}

export function readMinorVersion(exports: WebAssembly.Exports): number {
  return readGlobal(exports, ABI_MINOR_VERSION) ?? 0
}

function isPolicyExports(
  exports: WebAssembly.Exports,
): exports is WebAssembly.Exports & PolicyExports {
  return REQUIRED_FUNCTIONS.every((each) => typeof exports[each] === 'function')
}

function readGlobal(exports: WebAssembly.Exports, key: string): number | undefined {
  const global = exports[key]
  if (!(global instanceof WebAssembly.Global)) return undefined
  const value: unknown = global.value
  return typeof value === 'number' ? value : undefined
}
