import { AppError } from '../errors.ts'

export type CompilerErrorCode = 'compiler/not-built' | 'compiler/crashed' | 'compiler/refused'

/** Compiling could not be done at all; faults of Rego are diagnostics instead. */
export class CompilerError extends AppError<CompilerErrorCode> {}
