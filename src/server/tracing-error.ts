import { AppError } from '../errors.ts'

export type TracingErrorCode =
  /** A variable has a value that is not understood, or names a file that cannot be read. */
  'tracing-misconfigured'

export class TracingError extends AppError<TracingErrorCode> {}
