import { AppError } from '../errors.ts'

export type WasmErrorCode =
  /** The bytes are not a module of the binary format, version 1. */
  | 'wasm-malformed'
  /** A well-formed module that uses something we cannot meter, and so do not run. */
  | 'wasm-unsupported'

/** A module that must not be loaded. `offset` counts from where the reader began: the module, or the section. */
export class WasmError extends AppError<WasmErrorCode> {
  readonly offset: number

  constructor(code: WasmErrorCode, message: string, offset: number) {
    super(code, message)
    this.offset = offset
  }
}
