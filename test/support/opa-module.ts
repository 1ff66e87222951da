// A module that keeps to OPA's ABI and has nothing behind it: values are the addresses of their JSON, and the code of `eval`
// is the test's.
import { buildModule, i32, type TestFunction } from './wasm-module.ts'

const ENTRYPOINTS = 1024
const BUILTINS = 2048
const RESULT = 3072
const ABORT = 4096
const HEAP = 8192

export interface OpaModuleOptions {
  /** Ends with an i32 on the stack; given the context as local 0. Another local, i32, is number 1. */
  readonly eval?: readonly number[]
  readonly result?: string
  readonly entrypoints?: string
  readonly builtins?: string
  readonly abort?: string
  readonly abiVersion?: number
  readonly extraImport?: { readonly module: string; readonly name: string }
  readonly without?: string
  readonly start?: readonly number[]
}

/** The functions that code may call: imported ones first. */
export const CALL = { opaAbort: 0, builtin1: 1, extra: 2 } as const

export const ABORT_TEXT = ABORT

export function opaModule(options: OpaModuleOptions = {}): Uint8Array {
  const imports = [
    { module: 'env', name: 'opa_abort', params: 1 },
    { module: 'env', name: 'opa_builtin1', params: 3, result: true },
    ...(options.extraImport === undefined ? [] : [{ ...options.extraImport, params: 1 }]),
    { module: 'env', name: 'memory', memoryPages: 2 },
  ]
  const get = (local: number): number[] => [0x20, local]
  const heap = 0
  const result = 1
  const functions: TestFunction[] = [
    { exportAs: 'builtins', result: true, code: i32(BUILTINS) },
    { exportAs: 'entrypoints', result: true, code: i32(ENTRYPOINTS) },
    { exportAs: 'eval', params: 1, result: true, locals: 1, code: options.eval ?? i32(0) },
    { exportAs: 'opa_eval_ctx_new', result: true, code: i32(512) },
    { exportAs: 'opa_eval_ctx_set_input', params: 2, code: [] },
    { exportAs: 'opa_eval_ctx_set_data', params: 2, code: [] },
    { exportAs: 'opa_eval_ctx_set_entrypoint', params: 2, code: [] },
    { exportAs: 'opa_eval_ctx_get_result', params: 1, result: true, code: [0x23, result] },
    { exportAs: 'opa_heap_ptr_get', result: true, code: [0x23, heap] },
    { exportAs: 'opa_heap_ptr_set', params: 1, code: [...get(0), 0x24, heap] },
    { exportAs: 'opa_json_dump', params: 1, result: true, code: get(0) },
    { exportAs: 'opa_json_parse', params: 2, result: true, code: get(0) },
    {
      exportAs: 'opa_malloc',
      params: 1,
      result: true,
      code: [0x23, heap, 0x23, heap, ...get(0), 0x6a, 0x24, heap],
    },
    { exportAs: 'opa_value_add_path', params: 3, result: true, code: i32(0) },
    { exportAs: 'opa_value_dump', params: 1, result: true, code: get(0) },
    { exportAs: 'opa_value_parse', params: 2, result: true, code: get(0) },
    { exportAs: 'opa_value_remove_path', params: 2, result: true, code: i32(0) },
    { code: options.start ?? [] },
  ]
  return buildModule({
    imports,
    functions: functions.map(({ exportAs, ...rest }) =>
      exportAs === undefined || exportAs === options.without ? rest : { ...rest, exportAs },
    ),
    globals: [
      { value: HEAP },
      { value: RESULT },
      { value: options.abiVersion ?? 1, exportAs: 'opa_wasm_abi_version' },
      { value: 3, exportAs: 'opa_wasm_abi_minor_version' },
    ],
    data: [
      { at: ENTRYPOINTS, text: `${options.entrypoints ?? '{"hostile/violation":0}'}\0` },
      { at: BUILTINS, text: `${options.builtins ?? '{}'}\0` },
      { at: RESULT, text: `${options.result ?? '[{"result":[]}]'}\0` },
      { at: ABORT, text: options.abort ?? 'gave up\0' },
    ],
    start: imports.length - 1 + functions.length - 1,
  })
}
